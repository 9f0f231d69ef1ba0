#include "patchbay/tools/scan/service/http_title.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_text_bytes = 200;
constexpr std::size_t k_most_reference_bytes = 12;  // "&#x0010ffff;"

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::size_t find_ignoring_case(std::string_view text, std::string_view what, std::size_t from) {
  for (; from + what.size() <= text.size(); ++from) {
    if (equal_ignoring_case(text.substr(from, what.size()), what)) return from;
  }
  return text.npos;
}

void add_utf8(std::string& text, char32_t value) {
  const auto add = [&text](char32_t byte) { text += static_cast<char>(byte); };
  const auto rest = [&](int shift) { add(0x80 | ((value >> shift) & 0x3f)); };
  if (value < 0x80) return add(value);
  if (value < 0x800) return add(0xc0 | (value >> 6)), rest(0);
  if (value < 0x10000) return add(0xe0 | (value >> 12)), rest(6), rest(0);
  add(0xf0 | (value >> 18)), rest(12), rest(6), rest(0);
}

// The name or number between & and ; (HTML, section 13.5, but for the names that titles have).
std::optional<char32_t> referred(std::string_view name) {
  struct Named {
    std::string_view name;
    char32_t value;
  };
  constexpr Named k_named[] = {
      {"amp", U'&'},     {"lt", U'<'},      {"gt", U'>'},      {"quot", U'"'},
      {"apos", U'\''},   {"nbsp", U' '},    {"copy", 0xa9},    {"reg", 0xae},
      {"trade", 0x2122}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026},
      {"raquo", 0xbb},   {"laquo", 0xab},   {"middot", 0xb7},  {"bull", 0x2022},
  };
  if (!name.starts_with('#')) {
    const auto* const found = std::ranges::find(k_named, name, &Named::name);
    return found == std::end(k_named) ? std::nullopt : std::optional(found->value);
  }
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t value = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, value, hex ? 16 : 10);
  const bool is_character = value != 0 && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  if (read.ec != std::errc() || read.ptr != end || !is_character) return std::nullopt;
  return static_cast<char32_t>(value);
}

// The text of an element: references become what they stand for, white space single spaces.
std::string text_of(std::string_view inside) {
  std::string text;
  const auto add_space = [&text] {
    if (!text.empty() && !text.ends_with(' ')) text += ' ';
  };
  // A character more than what fits, so that the cut does not go through one.
  while (!inside.empty() && text.size() < k_most_text_bytes + 4) {
    const char c = inside.front();
    const std::size_t end = c == '&' ? inside.substr(0, k_most_reference_bytes).find(';') : 0;
    const auto value = c == '&' && end != inside.npos ? referred(inside.substr(1, end - 1))
                                                      : std::optional<char32_t>();
    inside.remove_prefix(value ? end + 1 : 1);
    if (value && *value != U' ') {
      add_utf8(text, *value);
    } else if (value || is_space(c)) {
      add_space();
    } else {
      text += c;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return std::string(utf8_prefix(text, k_most_text_bytes));
}

// From the first character of the first title on; what stands in comments is none.
std::optional<std::string_view> title_begins(std::string_view page) {
  for (std::size_t at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
    const std::string_view tag = page.substr(at);
    if (tag.starts_with("<!--")) {
      const std::size_t end = page.find("-->", at + 4);
      if (end == page.npos) return std::nullopt;
      at = end;
      continue;
    }
    constexpr std::string_view k_title = "<title";
    if (!equal_ignoring_case(tag.substr(0, k_title.size()), k_title)) continue;
    const std::string_view behind = tag.substr(k_title.size());
    if (behind.empty() || (behind.front() != '>' && !is_space(behind.front()))) continue;
    const std::size_t end = behind.find('>');
    if (end == behind.npos) return std::nullopt;
    return behind.substr(end + 1);
  }
  return std::nullopt;
}

// Devices end their lines as they like, and what our own parser refuses is still somebody's answer:
// this is not what a page's safety hangs on.
struct Head {
  std::string_view fields;  // without the status line
  std::string_view body;
};

Head head_of(std::string_view reply) {
  const std::size_t strict = reply.find("\r\n\r\n");
  const std::size_t loose = reply.find("\n\n");
  const bool is_loose = loose < strict;
  const std::size_t end = is_loose ? loose : strict;
  const std::string_view head = reply.substr(0, end);
  const std::string_view body =
      end == reply.npos ? std::string_view() : reply.substr(end + (is_loose ? 2 : 4));
  const std::size_t line = head.find('\n');
  return {line == head.npos ? std::string_view() : head.substr(line + 1), body};
}

std::string_view field(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find('\n'), fields.size());
    std::string_view line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + 1, fields.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name)) {
      return trim_blanks(line.substr(colon + 1)).substr(0, k_most_text_bytes);
    }
  }
  return {};
}

// The body without its chunks, where it can be read strictly; as it came, where not.
std::string body_of(std::string_view reply) {
  Http1Response response;
  if (parse_response(reply, "GET", {}, response) != HeadState::complete) {
    return std::string(head_of(reply).body);
  }
  std::string_view bytes = reply.substr(response.bytes);
  std::string content;
  for (Http1Body body(response.framing); !bytes.empty() && !body.ended() && !body.broken();) {
    content += body.take(bytes);
  }
  return content;
}

// "nginx/1.22.1 (Debian)": a product, its version, and what else it says.
void read_server(std::string_view server, ServiceFinding& finding) {
  const std::size_t end = std::min(server.find(' '), server.size());
  const std::string_view first = server.substr(0, end);
  const std::size_t slash = std::min(first.find('/'), first.size());
  const bool has_version = slash < first.size();
  finding.product = has_version ? first.substr(0, slash) : server;
  if (has_version && finding.version.empty()) finding.version = first.substr(slash + 1);
}

}  // namespace

std::string find_title(std::string_view page) {
  page = page.substr(0, k_most_page_bytes);
  const auto inside = title_begins(page);
  if (!inside) return {};
  return text_of(inside->substr(0, find_ignoring_case(*inside, "</title", 0)));
}

bool is_http_answer(std::string_view reply) { return reply.starts_with("HTTP/1."); }

bool is_whole_http_answer(std::string_view reply) {
  if (reply.size() >= k_most_page_bytes) return true;
  Http1Response response;
  const HeadState state = parse_response(reply, "GET", {}, response);
  if (state == HeadState::incomplete) return false;
  if (find_ignoring_case(reply, "</title", 0) != reply.npos) return true;
  if (state == HeadState::refused) return false;
  std::string_view bytes = reply.substr(response.bytes);
  Http1Body body(response.framing);
  while (!bytes.empty() && !body.ended() && !body.broken()) body.take(bytes);
  return body.ended() || body.broken() || !response.framing.has_body();
}

void describe_http(std::string_view reply, ServiceFinding& finding) {
  reply = reply.substr(0, k_most_page_bytes);
  if (!is_http_answer(reply)) {
    if (finding.service == "http") finding.info = find_title(reply);
    return;
  }
  const Head head = head_of(reply);
  const std::string_view server = field(head.fields, "server");
  if (finding.product.empty() && !server.empty()) read_server(server, finding);
  if (!finding.info.empty()) return;
  const std::string_view location = field(head.fields, "location");
  const bool leads = reply.size() > 9 && reply.substr(7).find(" 3") == 1 && !location.empty();
  finding.info = leads ? "leads to " + std::string(location) : find_title(body_of(reply));
}

}  // namespace patchbay
