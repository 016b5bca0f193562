#pragma once

#include "base/snowflake.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

/// JSON that goes out is built with Boost.JSON; these names keep the rest of the code free of the library's.
namespace vagrolant::json {

using object = boost::json::object;
using array = boost::json::array;
using any = boost::json::value;
using boost::json::serialize;

/// Ids travel as strings.
template <class Tag>
any id(snowflake<Tag> which) {
    return any(which.to_string());
}
template <class Tag>
array ids(const std::vector<snowflake<Tag>>& all) {
    array texts;
    for (const auto one : all)
        texts.push_back(id(one));
    return texts;
}

} // namespace vagrolant::json
