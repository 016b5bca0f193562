# vagrolant_layer(<name> DEPENDS <targets…>)
#
# One static library from every *.cpp below src/<name> (tests aside) and, where there are *_test.cpp files, one
# GoogleTest program <name>_test. A layer links only what it names: reaching up or sideways does not link.
function(vagrolant_layer name)
    cmake_parse_arguments(LAYER "" "" "DEPENDS" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "/tests/")
    list(FILTER tests INCLUDE REGEX "/tests/")

    add_library(vagrolant_${name} STATIC ${sources})
    target_include_directories(vagrolant_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(vagrolant_${name} PUBLIC ${LAYER_DEPENDS} PRIVATE vagrolant_warnings)

    if(tests)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test
            PRIVATE vagrolant_${name} vagrolant_warnings GTest::gmock GTest::gtest_main)
        target_compile_definitions(${name}_test PRIVATE VAGROLANT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        add_test(NAME ${name} COMMAND ${name}_test)
    endif()
endfunction()
