# What holds for every target: language, warnings, linker, compiler cache, sanitizers.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(VAGROLANT_BENCH "Build the programs of bench/" OFF)
option(VAGROLANT_FUZZ "Build the programs of fuzz/" OFF)
set(VAGROLANT_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "Vagrolant needs clang 19 (docs/decisions/0002-clang.md says why). "
                        "Use a preset: cmake --preset release")
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_link_options(-fuse-ld=lld)
add_compile_definitions(
    # Asio's and Beast's bodies are compiled once (async/asio.cpp, discord/net/beast.cpp), not in every file.
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    VAGROLANT_VERSION="${PROJECT_VERSION}")
if(VAGROLANT_SANITIZE)
    add_compile_options(-fsanitize=${VAGROLANT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${VAGROLANT_SANITIZE})
endif()

add_library(vagrolant_warnings INTERFACE)
target_compile_options(vagrolant_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Wextra-semi -Wunused
    -Wno-missing-field-initializers)
