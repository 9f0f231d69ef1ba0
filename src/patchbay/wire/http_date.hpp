// The dates of HTTP (RFC 9110 section 5.6.7): whole seconds in GMT, written in one form and read in
// three.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// "Sun, 06 Nov 1994 08:49:37 GMT": IMF-fixdate, always 29 bytes. A time before the year 0 or after
// the year 9999, which this form cannot tell, becomes the first or last second that it can: such
// times stand in broken file systems, and a server must answer all the same.
std::string format_http_date(std::chrono::sys_seconds time);

// IMF-fixdate, and the two older forms that a recipient must know: "Sunday, 06-Nov-94 08:49:37 GMT"
// (RFC 850) and "Sun Nov  6 08:49:37 1994" (asctime). Nothing for any other text: the case, the
// blanks and the day of the week must be right and the date one of the calendar. A leap second,
// only as 23:59:60, is the second after it.
//
// A year of two digits is the latest that is at most 50 years after `now`.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                        std::chrono::sys_seconds now);

}  // namespace patchbay
