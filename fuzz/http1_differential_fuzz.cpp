// A stream of pipelined requests, read by three parsers: ours, llhttp 8.1 (Node's) and Boost.Beast
// 1.81. Where ours takes a message as whole, the others must see the same bytes in its body and the
// same end: two programs that disagree there can be made to smuggle a request past each other.
// Where ours refuses, nothing is asked of the others.
//
// The others may refuse what ours takes, for the reasons in the lists below and no other. There is
// no reason to see another end.
#include <llhttp.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace {

using namespace patchbay;
namespace beast = boost::beast;

struct Message {
  std::size_t end = 0;  // in the stream
  std::string body;

  bool operator==(const Message&) const = default;
};

struct Reading {
  std::vector<Message> messages;  // whole ones
  std::string fault;              // why there are no more
};

// --- ours ----------------------------------------------------------------------------------------

// Up to the first message that is not whole, or behind which another protocol or nothing comes.
std::vector<Message> read_ours(std::string_view stream) {
  const Http1Limits limits{.head_bytes = 1 << 20, .first_line_bytes = 1 << 20, .fields = 1 << 20};
  std::vector<Message> messages;
  Http1Request request;
  std::string_view rest = stream;
  while (parse_request(rest, limits, request) == HeadState::complete) {
    rest.remove_prefix(request.bytes);
    Http1Body body(request.framing);
    Message message;
    while (!rest.empty() && !body.ended() && !body.broken()) message.body += body.take(rest);
    if (!body.ended()) break;
    message.end = stream.size() - rest.size();
    messages.push_back(std::move(message));
    if (!request.keep_alive || request.method == "CONNECT") break;
  }
  return messages;
}

// --- llhttp --------------------------------------------------------------------------------------

Message& message_of(llhttp_t* parser) { return *static_cast<Message*>(parser->data); }

int on_headers(llhttp_t* parser) {
  // That somebody would like another protocol does not end this one.
  if (parser->method != HTTP_CONNECT) parser->upgrade = 0;
  return 0;
}

int on_body(llhttp_t* parser, const char* at, std::size_t length) {
  message_of(parser).body.append(at, length);
  return 0;
}

int on_end(llhttp_t*) { return HPE_PAUSED; }

Reading read_llhttp(std::string_view stream) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_headers_complete = on_headers;
  settings.on_body = on_body;
  settings.on_message_complete = on_end;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);

  Reading reading;
  Message message;
  parser.data = &message;
  std::size_t at = 0;
  while (at < stream.size()) {
    const llhttp_errno_t error = llhttp_execute(&parser, stream.data() + at, stream.size() - at);
    if (error == HPE_OK) break;
    if (error != HPE_PAUSED) {
      reading.fault = std::string(llhttp_errno_name(error)) + ": " + parser.reason;
      break;
    }
    at = static_cast<std::size_t>(llhttp_get_error_pos(&parser) - stream.data());
    message.end = at;
    reading.messages.push_back(std::exchange(message, {}));
    llhttp_resume(&parser);
  }
  return reading;
}

// --- Boost.Beast ---------------------------------------------------------------------------------

class BeastParser : public beast::http::basic_parser<true> {
 public:
  std::string body;

 private:
  using Error = beast::error_code;
  using Text = beast::string_view;

  void on_request_impl(beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(beast::http::field, Text, Text, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text text, Error&) override {
    body.append(text.data(), text.size());
    return text.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text text, Error&) override {
    body.append(text.data(), text.size());
    return text.size();
  }
  void on_finish_impl(Error&) override {}
};

Reading read_beast(std::string_view stream) {
  Reading reading;
  std::size_t at = 0;
  while (at < stream.size()) {
    BeastParser parser;
    parser.eager(true);
    parser.header_limit(1 << 20);
    parser.body_limit(boost::none);
    beast::error_code error;
    while (at < stream.size() && !parser.is_done()) {
      const std::size_t taken =
          parser.put(boost::asio::buffer(stream.data() + at, stream.size() - at), error);
      at += taken;
      if (error || taken == 0) break;
    }
    if (error) reading.fault = error.message();
    if (!parser.is_done()) break;
    reading.messages.push_back({at, std::move(parser.body)});
  }
  return reading;
}

// --- comparing -----------------------------------------------------------------------------------

// --- what is explained ---------------------------------------------------------------------------

std::string_view first_line(std::string_view message) {
  while (message.starts_with("\r\n")) message.remove_prefix(2);
  return message.substr(0, message.find("\r\n"));
}

bool has_field(std::string_view message, std::string_view name) {
  for (std::size_t at = 0; (at = message.find("\r\n", at)) != std::string_view::npos; at += 2) {
    const std::string_view line = message.substr(at + 2);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equal_ignoring_case(line.substr(0, name.size()), name)) {
      return true;
    }
  }
  return false;
}

bool begins_with_an_empty_line(std::string_view message) { return message.starts_with("\r\n"); }

bool has_a_later_minor_version(std::string_view message) {
  return first_line(message).back() > '1';
}

bool has_a_method_of_its_own(std::string_view message) {
  const std::string_view line = first_line(message);
  const std::string_view method = line.substr(0, line.find(' '));
#define SAME_METHOD(NUMBER, NAME, STRING) \
  if (method == #STRING) return false;
  HTTP_METHOD_MAP(SAME_METHOD)
#undef SAME_METHOD
  return true;
}

bool has_a_connection(std::string_view message) {
  return has_field(message, "connection") || has_field(message, "proxy-connection");
}

bool has_an_extension(std::string_view message) {
  return has_field(message, "transfer-encoding") &&
         message.find(';', message.find("\r\n\r\n")) != std::string_view::npos;
}

bool has_a_tab_behind_its_length(std::string_view message) {
  return has_field(message, "content-length") && message.find('\t') != std::string_view::npos;
}

bool has_a_tab_behind_its_coding(std::string_view message) {
  return has_field(message, "transfer-encoding") && message.find('\t') != std::string_view::npos;
}

bool has_a_tab_in_its_connection(std::string_view message) {
  return has_field(message, "connection") && message.find('\t') != std::string_view::npos;
}

bool has_a_proxy_connection(std::string_view message) {
  return has_field(message, "proxy-connection");
}

// Why a parser may refuse what ours takes: what it says then, and what the message has that makes
// it say so.
struct Explained {
  std::string_view fault;
  bool (*applies)(std::string_view message);
};

constexpr Explained k_explained_llhttp[] = {
    // It knows a list of methods; to us any token is one, for a handler to refuse (RFC 9110
    // section 9.1).
    {"HPE_INVALID_METHOD", has_a_method_of_its_own},
    // It knows 1.0 and 1.1; a later minor version is to be read as ours (RFC 9110 section 2.5).
    {"HPE_INVALID_VERSION", has_a_later_minor_version},
    // It takes no blanks beside the parts of an extension, which must be read (RFC 9110 section
    // 5.6.3), and no second one behind a value.
    {"HPE_INVALID_CHUNK_SIZE", has_an_extension},
    {"HPE_STRICT: Invalid character in chunk extensions", has_an_extension},
    // It takes spaces behind a value, but no tab (RFC 9110 section 5.6.3 has both).
    {"HPE_INVALID_CONTENT_LENGTH: Invalid character in Content-Length",
     has_a_tab_behind_its_length},
    {"HPE_INVALID_TRANSFER_ENCODING", has_a_tab_behind_its_coding},
};

// The same for what was said at the end of the message before.
constexpr Explained k_ended_llhttp[] = {
    // It reads Proxy-Connection as if it were Connection, which no standard has.
    {"HPE_CLOSED_CONNECTION", has_a_proxy_connection},
    // It takes no tab behind a word of Connection, and so misses the "keep-alive" of HTTP/1.0.
    {"HPE_CLOSED_CONNECTION", has_a_tab_in_its_connection},
};

constexpr Explained k_explained_beast[] = {
    // It passes over no empty line before a request (RFC 9112 section 2.2 asks for one).
    {"bad method", begins_with_an_empty_line},
    {"bad version", has_a_later_minor_version},
    // It wants tokens in Connection; what is none means nothing to us.
    {"bad value", has_a_connection},
};

bool is_explained(std::span<const Explained> list, std::string_view fault,
                  std::string_view message) {
  return std::ranges::any_of(list, [&](const Explained& one) {
    return fault.starts_with(one.fault) && one.applies(message);
  });
}

void compare(const char* name, std::span<const Explained> explained, std::string_view stream,
             const std::vector<Message>& ours, const Reading& theirs) {
  const std::size_t both = std::min(ours.size(), theirs.messages.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (ours[i] == theirs.messages[i]) continue;
    std::fprintf(stderr, "%s ends message %zu at %zu, we at %zu\n", name, i, theirs.messages[i].end,
                 ours[i].end);
    std::abort();
  }
  FUZZ_CHECK(theirs.messages.size() <= ours.size());
  if (both == ours.size()) return;
  const auto message = [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : ours[i - 1].end;
    return stream.substr(begin, ours[i].end - begin);
  };
  if (is_explained(explained, theirs.fault, message(both))) return;
  if (both > 0 && is_explained(k_ended_llhttp, theirs.fault, message(both - 1))) return;
  std::fprintf(stderr, "%s refuses message %zu of %zu bytes: %s\n", name, both,
               message(both).size(), theirs.fault.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::vector<Message> ours = read_ours(all);
  if (ours.empty()) return 0;
  const std::string_view stream = all.substr(0, ours.back().end);
  compare("llhttp", k_explained_llhttp, stream, ours, read_llhttp(stream));
  compare("Boost.Beast", k_explained_beast, stream, ours, read_beast(stream));
  return 0;
}
