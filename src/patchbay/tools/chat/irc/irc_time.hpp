// Times as IRCv3 writes them, in tags and selectors (server-time): "2026-03-01T12:00:00.000Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "patchbay/tools/record.hpp"

namespace patchbay {

// In milliseconds; what is finer is left out.
void append_irc_time(std::string& out, WallTime time);

// Up to nine digits of a second's fraction, or none; a leap second, ":60", is taken for the one
// before it. Nothing: it is no time, or no date of the calendar.
std::optional<WallTime> parse_irc_time(std::string_view text);

}  // namespace patchbay
