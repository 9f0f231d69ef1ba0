#include "patchbay/wire/websocket_extensions.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

using detail::ValueScanner;

constexpr std::size_t k_max_extensions = 32;
constexpr std::string_view k_deflate = "permessage-deflate";

Error breach(const char* why) {
  return Error(Fault::protocol, "read Sec-WebSocket-Extensions").because(why);
}

// Each takes the blanks behind it as well.
bool take_mark(ValueScanner& scanner, char mark) {
  if (!scanner.take(mark)) return false;
  scanner.skip_blanks();
  return true;
}
// Empty when there is none.
std::string_view take_name(ValueScanner& scanner) {
  const std::string_view name = scanner.take_token();
  scanner.skip_blanks();
  return name;
}
// A token or a quoted token; empty when there is none.
std::string take_value(ValueScanner& scanner) {
  const auto quoted = scanner.take_quoted();
  if (!quoted) return std::string(take_name(scanner));
  scanner.skip_blanks();
  return is_http_token(*quoted) ? *quoted : std::string();
}

Result<WebSocketExtension> read_extension(ValueScanner& scanner) {
  WebSocketExtension extension{.name = std::string(take_name(scanner)), .parameters = {}};
  if (extension.name.empty()) return breach("an extension has no name");
  while (take_mark(scanner, ';')) {
    if (extension.parameters.size() == k_max_extensions) {
      return Error(Fault::limit, "read Sec-WebSocket-Extensions", "it has too many parameters");
    }
    WebSocketExtension::Parameter parameter{.name = std::string(take_name(scanner)), .value = {}};
    if (parameter.name.empty()) return breach("a parameter has no name");
    if (take_mark(scanner, '=')) {
      parameter.value = take_value(scanner);
      if (parameter.value->empty()) return breach("the value of a parameter is no token");
    }
    extension.parameters.push_back(std::move(parameter));
  }
  return extension;
}

// --- permessage-deflate --------------------------------------------------------------------------

// The parameters as they were written.
struct DeflateParameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_max_window_bits = {};
  bool has_client_max_window_bits = false;
  std::optional<int> client_max_window_bits = {};
};

// 8 to 15, without a leading zero.
std::optional<int> read_window_bits(const std::string& text) {
  if (text == "8" || text == "9") return text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
    return 10 + (text[1] - '0');
  }
  return std::nullopt;
}

// Nothing when a parameter is unknown, comes twice, or has a value that it may not have. An offer
// may have client_max_window_bits without a value.
std::optional<DeflateParameters> read_deflate_parameters(const WebSocketExtension& extension) {
  DeflateParameters read;
  for (const auto& [name, value] : extension.parameters) {
    const std::optional<int> bits = value ? read_window_bits(*value) : std::nullopt;
    if (value && !bits) return std::nullopt;
    if (name == "server_no_context_takeover") {
      if (value || std::exchange(read.server_no_context_takeover, true)) return std::nullopt;
    } else if (name == "client_no_context_takeover") {
      if (value || std::exchange(read.client_no_context_takeover, true)) return std::nullopt;
    } else if (name == "server_max_window_bits") {
      if (!value || read.server_max_window_bits) return std::nullopt;
      read.server_max_window_bits = bits;
    } else if (name == "client_max_window_bits") {
      if (std::exchange(read.has_client_max_window_bits, true)) return std::nullopt;
      read.client_max_window_bits = bits;
    } else {
      return std::nullopt;
    }
  }
  return read;
}

std::string written(const DeflateParameters& parameters) {
  std::string text(k_deflate);
  if (parameters.server_no_context_takeover) text += "; server_no_context_takeover";
  if (parameters.client_no_context_takeover) text += "; client_no_context_takeover";
  if (const auto bits = parameters.server_max_window_bits) {
    text += "; server_max_window_bits=" + std::to_string(*bits);
  }
  if (!parameters.has_client_max_window_bits) return text;
  text += "; client_max_window_bits";
  if (const auto bits = parameters.client_max_window_bits) text += '=' + std::to_string(*bits);
  return text;
}

std::optional<WebSocketDeflateAnswer> answer_offer(const DeflateParameters& offer,
                                                   const WebSocketDeflate& wish) {
  if (offer.server_max_window_bits == 8) return std::nullopt;  // zlib compresses with 9 to 15
  WebSocketDeflateAnswer answer;
  WebSocketDeflate& agreed = answer.agreed;
  agreed.server_no_context_takeover =
      offer.server_no_context_takeover || wish.server_no_context_takeover;
  // To a client that will do so anyway it is said as well: then nothing is kept for it.
  agreed.client_no_context_takeover =
      offer.client_no_context_takeover || wish.client_no_context_takeover;
  // A smaller window than is allowed needs no consent.
  agreed.server_max_window_bits =
      std::min(offer.server_max_window_bits.value_or(15), wish.server_max_window_bits);
  // The client's window may be limited only if it has said that it understands that.
  if (offer.has_client_max_window_bits) {
    agreed.client_max_window_bits =
        std::min(offer.client_max_window_bits.value_or(15), wish.client_max_window_bits);
  }
  DeflateParameters parameters{
      .server_no_context_takeover = agreed.server_no_context_takeover,
      .client_no_context_takeover = agreed.client_no_context_takeover,
  };
  if (offer.server_max_window_bits) {
    parameters.server_max_window_bits = agreed.server_max_window_bits;
  }
  if (agreed.client_max_window_bits < 15) {
    parameters.has_client_max_window_bits = true;
    parameters.client_max_window_bits = agreed.client_max_window_bits;
  }
  answer.field = written(parameters);
  return answer;
}

}  // namespace

Result<std::vector<WebSocketExtension>> read_websocket_extensions(std::string_view field) {
  std::vector<WebSocketExtension> extensions;
  ValueScanner scanner(field);
  scanner.skip_blanks();
  while (!scanner.at_end()) {
    if (take_mark(scanner, ','))
      continue;  // RFC 9110 section 5.6.1.2: empty elements count for nothing
    if (extensions.size() == k_max_extensions) {
      return Error(Fault::limit, "read Sec-WebSocket-Extensions", "it has too many extensions");
    }
    auto extension = read_extension(scanner);
    if (!extension) return extension.error();
    extensions.push_back(std::move(*extension));
    if (!scanner.at_end() && !take_mark(scanner, ','))
      return breach("something follows an extension");
  }
  return extensions;
}

std::optional<WebSocketDeflateAnswer> answer_deflate_offers(
    const std::vector<WebSocketExtension>& offers, const WebSocketDeflate& wish) {
  for (const WebSocketExtension& offer : offers) {
    if (offer.name != k_deflate) continue;
    const auto parameters = read_deflate_parameters(offer);
    if (!parameters) continue;
    if (auto answer = answer_offer(*parameters, wish)) return answer;
  }
  return std::nullopt;
}

std::string deflate_offers(const WebSocketDeflate& wish) {
  DeflateParameters offer{.server_no_context_takeover = wish.server_no_context_takeover,
                          .client_no_context_takeover = wish.client_no_context_takeover,
                          .has_client_max_window_bits = true};
  if (wish.client_max_window_bits < 15) offer.client_max_window_bits = wish.client_max_window_bits;
  if (wish.server_max_window_bits == 15) return written(offer);
  // For servers that cannot limit their window: a large one is better than no compression.
  const std::string fallback = written(offer);
  offer.server_max_window_bits = wish.server_max_window_bits;
  return written(offer) + ", " + fallback;
}

Result<std::optional<WebSocketDeflate>> read_deflate_answer(
    const std::vector<WebSocketExtension>& answer, const std::optional<WebSocketDeflate>& wish) {
  if (answer.empty()) return std::optional<WebSocketDeflate>();
  if (!wish || answer.size() > 1 || answer[0].name != k_deflate) {
    return breach("the server agrees to an extension that was not offered");
  }
  const auto parameters = read_deflate_parameters(answer[0]);
  if (!parameters) return breach("the server's parameters of permessage-deflate are none");
  if (parameters->has_client_max_window_bits && !parameters->client_max_window_bits) {
    return breach("the server's client_max_window_bits has no value");
  }
  if (wish->server_no_context_takeover && !parameters->server_no_context_takeover) {
    return breach("the server leaves out server_no_context_takeover");
  }
  const int client_bits = parameters->client_max_window_bits.value_or(15);
  return std::optional(WebSocketDeflate{
      .server_no_context_takeover = parameters->server_no_context_takeover,
      .client_no_context_takeover =
          parameters->client_no_context_takeover || wish->client_no_context_takeover,
      .server_max_window_bits = parameters->server_max_window_bits.value_or(15),
      .client_max_window_bits = std::min(client_bits, wish->client_max_window_bits)});
}

std::optional<std::vector<std::string_view>> read_token_list(std::string_view field) {
  std::vector<std::string_view> tokens;
  ValueScanner scanner(field);
  scanner.skip_blanks();
  while (!scanner.at_end()) {
    if (take_mark(scanner, ',')) continue;
    const std::string_view token = take_name(scanner);
    if (token.empty() || (!scanner.at_end() && !take_mark(scanner, ','))) return std::nullopt;
    tokens.push_back(token);
  }
  return tokens;
}

}  // namespace patchbay
