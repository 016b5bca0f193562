#pragma once

#include "db/session.hpp"

namespace vagrolant::db {

using listener = session;
using listener_options = session_options;

} // namespace vagrolant::db
