# vagrolant_embed_migrations(<target>)
#
# Compiles migrations/NNNN_*.sql into the target, so that the program needs no files beside it.
function(vagrolant_embed_migrations target)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/[0-9][0-9][0-9][0-9]_*.sql)
    list(SORT files)
    set(rows "")
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME_WE)
        string(REGEX MATCH "^[0-9]+" number ${name})
        string(REGEX REPLACE "^0+" "" number ${number})
        file(READ ${file} sql)
        string(APPEND rows "    {${number}, \"${name}\", R\"vagrolant(${sql})vagrolant\"},\n")
        set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()

    set(generated ${CMAKE_BINARY_DIR}/generated/embedded_migrations.cpp)
    file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [=[
#include "db/migrations.hpp"

#include <array>

namespace vagrolant::db {
namespace {

constexpr auto files = std::to_array<migration>({
@rows@});

} // namespace

std::span<const migration> embedded_migrations() {
    return files;
}

} // namespace vagrolant::db
]=])
    target_sources(${target} PRIVATE ${generated})
endfunction()
