#include "patchbay/http/websocket_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/websocket_extensions.hpp"

namespace patchbay {
namespace {

constexpr const char* k_opening = "open a WebSocket";
constexpr std::string_view k_end_of_head = "\r\n\r\n";

// The fields of an answer that count here, joined where they came several times.
struct Answer {
  int status = 0;
  std::string upgrade = {};
  std::string connection = {};
  std::string accept = {};
  std::string protocol = {};
  std::string extensions = {};
};

Error broken(const char* why) { return Error(Fault::protocol, k_opening, why); }

Result<std::string> request(const std::string& host, const std::string& path,
                            std::vector<WebSocketField> fields,
                            const std::vector<WebSocketField>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  bool good = path.starts_with('/') && std::ranges::all_of(path, is_ascii_visible) &&
              !host.empty() && std::ranges::all_of(host, is_ascii_visible);
  std::string text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n", path, host);
  for (const auto& [name, value] : fields) {
    good = good && !name.empty() && std::ranges::all_of(name, is_ascii_visible) &&
           name.find(':') == std::string::npos && is_field_value(value);
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (!good) return Error(Fault::limit, k_opening, "its request has a character that may not be");
  return text += "\r\n";
}

// The head with the empty line at its end, and what came behind it.
struct Head {
  std::string text;
  std::string rest;
};

Task<Result<Head>> read_head(Stream& stream, Deadline deadline) {
  std::string text;
  for (;;) {
    const auto data = co_await stream.receive(deadline);
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, k_opening, "the server ended its answer");
    const std::size_t seen = text.size() - std::min(text.size(), k_end_of_head.size() - 1);
    text += data->text();
    const std::size_t end = text.find(k_end_of_head, seen);
    const bool whole = end != std::string::npos;
    if (std::min(end, text.size()) > k_websocket_answer_max_bytes) {
      co_return Error(Fault::limit, k_opening, "the head of the answer is longer than 16 KiB");
    }
    if (!whole) continue;
    std::string rest = text.substr(end + k_end_of_head.size());
    text.resize(end + 2);  // each line has its end
    co_return Head{std::move(text), std::move(rest)};
  }
}

// "HTTP/1.1 101 Switching Protocols"
std::optional<int> read_status(std::string_view line) {
  constexpr std::string_view k_version = "HTTP/1.1 ";
  if (!line.starts_with(k_version)) return std::nullopt;
  line.remove_prefix(k_version.size());
  const std::string_view digits = line.substr(0, 3);
  const bool good = digits.size() == 3 && digits[0] >= '1' && digits[0] <= '5' &&
                    std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) &&
                    (line.size() == 3 || line[3] == ' ');
  if (!good) return std::nullopt;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

// Nothing when the line is no field. A line that begins with a blank went on with the one above,
// long ago (RFC 9112 section 5.2); nobody who speaks of WebSockets writes so.
bool take_field(std::string_view line, Answer& answer) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!std::ranges::all_of(name, is_ascii_visible)) return false;
  if (!is_field_value(value)) return false;
  const std::pair<std::string_view, std::string Answer::*> known[] = {
      {"upgrade", &Answer::upgrade},
      {"connection", &Answer::connection},
      {"sec-websocket-accept", &Answer::accept},
      {"sec-websocket-protocol", &Answer::protocol},
      {"sec-websocket-extensions", &Answer::extensions}};
  for (const auto& [word, member] : known) {
    if (!equal_ignoring_case(name, word)) continue;
    if (!(answer.*member).empty()) answer.*member += ", ";
    answer.*member += value;
  }
  return true;
}

Result<Answer> read_answer(std::string_view head) {
  Answer answer;
  const auto take_line = [&head] {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    return line;
  };
  const auto status = read_status(take_line());
  if (!status) return broken("the answer is not of HTTP/1.1");
  answer.status = *status;
  while (!head.empty()) {
    if (!take_field(take_line(), answer)) return broken("a field of the answer is none");
  }
  return answer;
}

}  // namespace

Task<Result<WebSocket>> connect_websocket(Stream stream, std::string host, std::string path,
                                          WebSocketConnectOptions options, Deadline deadline) {
  Loop& loop = Loop::current();
  const std::string key = websocket_key({loop.random_bits(), loop.random_bits()});
  const auto asked =
      request(host, path, websocket_request_fields(key, options.terms), options.fields);
  if (!asked) co_return asked.error();
  const auto written = co_await stream.write_all(*asked, deadline);
  if (!written) co_return written.error();

  auto head = co_await read_head(stream, deadline);
  if (!head) co_return head.error().about(host);
  const auto answer = read_answer(head->text);
  if (!answer) co_return answer.error().about(host);
  const WebSocketReply reply{.status = answer->status,
                             .upgrade = answer->upgrade,
                             .connection = answer->connection,
                             .accept = answer->accept,
                             .protocol = answer->protocol,
                             .extensions = answer->extensions};
  auto agreement = check_websocket_reply(reply, key, options.terms);
  if (!agreement && answer->status != 101) {
    co_return agreement.error().about(fmt::format("{} (status {})", host, answer->status));
  }
  if (!agreement) co_return agreement.error().about(host);
  co_return WebSocket::client(std::move(stream), std::move(head->rest), std::move(*agreement),
                              options.socket);
}

}  // namespace patchbay
