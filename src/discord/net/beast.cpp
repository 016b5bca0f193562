// The bodies of Beast's functions; see BOOST_BEAST_SEPARATE_COMPILATION in cmake/toolchain.cmake.
#include <boost/beast/src.hpp>
