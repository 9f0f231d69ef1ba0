// What a web server says of itself in its answer to a GET: its program, and the title of the page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// So much of a page is looked through.
inline constexpr std::size_t k_most_page_bytes = 64 * 1024;

// The text of the first title element, its references resolved and its white space made single
// spaces, cut at 200 bytes; empty: there is none. The bytes are the peer's.
std::string find_title(std::string_view page);

// Whether a reply is an answer of HTTP/1 at all, as far as it has come.
bool is_http_answer(std::string_view reply);

// Whether nothing that is still to come could tell more: the body is whole, or its title is there,
// or enough has come. `reply` begins with an answer's status line.
bool is_whole_http_answer(std::string_view reply);

// Fills in what the answer tells and `finding` does not know yet: product and version by the Server
// field, and as info where it leads (3xx) or the page's title.
void describe_http(std::string_view reply, ServiceFinding& finding);

}  // namespace patchbay
