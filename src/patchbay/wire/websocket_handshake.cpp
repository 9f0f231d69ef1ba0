#include "patchbay/wire/websocket_handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/websocket_extensions.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_version = "13";
// RFC 6455 section 1.3: whoever answers with it has understood what it was asked.
constexpr std::string_view k_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t k_key_bytes = 16;

WebSocketAnswer refusal(int status, const char* why) {
  WebSocketAnswer answer{.status = status, .why = why};
  if (status == 405) answer.fields.emplace_back("Allow", "GET");
  if (status != 426) return answer;
  answer.fields.emplace_back("Upgrade", "websocket");
  answer.fields.emplace_back("Connection", "Upgrade");
  answer.fields.emplace_back("Sec-WebSocket-Version", k_version);
  return answer;
}

// "example.org:8080" of "https://example.org:8080", without the port that the scheme implies.
std::string_view host_of_origin(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view scheme = origin.substr(0, scheme_end);
  origin.remove_prefix(scheme_end + 3);
  const std::string_view port = equal_ignoring_case(scheme, "https") ? ":443" : ":80";
  if (origin.ends_with(port)) origin.remove_suffix(port.size());
  return origin;
}

bool may_connect(const WebSocketRequest& request, const WebSocketTerms& terms) {
  if (request.origin.empty()) return true;
  for (const std::string& origin : terms.origins) {
    if (origin == "*" || equal_ignoring_case(origin, request.origin)) return true;
  }
  std::string_view host = request.host;
  const std::string_view own = host_of_origin(request.origin);
  if (own.empty()) return false;
  // A client may write the implied port where its browser has left it out, and the other way round.
  const bool is_secure = equal_ignoring_case(request.origin.substr(0, 6), "https:");
  const std::string_view implied = is_secure ? ":443" : ":80";
  if (host.ends_with(implied)) host.remove_suffix(implied.size());
  return equal_ignoring_case(own, host);
}

// Nothing when the client's list is none. Of its protocols the first that this side knows.
std::optional<std::string> choose_protocol(std::string_view field, const WebSocketTerms& terms) {
  const auto asked = read_token_list(field);
  if (!asked) return std::nullopt;
  std::string chosen;
  for (std::size_t i = 0; i < asked->size(); ++i) {
    const std::string_view protocol = (*asked)[i];
    const auto before = std::span(*asked).first(i);
    if (std::ranges::find(before, protocol) != before.end()) return std::nullopt;
    const bool known = std::ranges::find(terms.protocols, protocol) != terms.protocols.end();
    if (known && chosen.empty()) chosen = protocol;
  }
  return chosen;
}

// What is wrong with a request, before anything is agreed on.
std::optional<WebSocketAnswer> objection(const WebSocketRequest& request,
                                         const WebSocketTerms& terms) {
  if (request.method != "GET") return refusal(405, "a WebSocket is asked for by GET");
  if (!request.is_http_1_1) return refusal(400, "a WebSocket needs HTTP/1.1");
  if (request.host.empty()) return refusal(400, "Host is missing");
  if (!list_has(request.upgrade, "websocket")) return refusal(426, "Upgrade is not websocket");
  if (!list_has(request.connection, "upgrade")) return refusal(400, "Connection is not Upgrade");
  if (request.version != k_version) return refusal(426, "Sec-WebSocket-Version is not 13");
  if (!is_websocket_key(request.key)) {
    return refusal(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  }
  if (!may_connect(request, terms)) return refusal(403, "the page is of another origin");
  return std::nullopt;
}

Error broken_reply(const char* why) {
  return Error(Fault::protocol, "open a WebSocket").because(why);
}

}  // namespace

std::string websocket_key(const std::array<std::uint64_t, 2>& random_bits) {
  static_assert(sizeof random_bits == k_key_bytes);
  return encode_base64(as_text(std::as_bytes(std::span(random_bits))));
}

bool is_websocket_key(std::string_view key) {
  const auto bytes = decode_base64(key);
  return bytes && bytes->size() == k_key_bytes;
}

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key).append(k_guid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  // It fails only without memory, or where SHA-1 was forbidden by configuration: then no peer
  // accepts the answer.
  if (::EVP_Digest(text.data(), text.size(), hash.data(), &size, ::EVP_sha1(), nullptr) != 1) {
    size = 0;
  }
  return encode_base64(as_text(std::as_bytes(std::span(hash).first(size))));
}

bool asks_for_websocket(const WebSocketRequest& request) {
  return list_has(request.upgrade, "websocket") && list_has(request.connection, "upgrade");
}

WebSocketAnswer answer_websocket(const WebSocketRequest& request, const WebSocketTerms& terms) {
  if (auto refused = objection(request, terms)) return *std::move(refused);
  auto protocol = choose_protocol(request.protocols, terms);
  if (!protocol) return refusal(400, "Sec-WebSocket-Protocol is no list of different tokens");
  const auto offers = read_websocket_extensions(request.extensions);
  if (!offers) return refusal(400, "Sec-WebSocket-Extensions is no list of extensions");

  WebSocketAnswer answer;
  answer.fields = {{"Upgrade", "websocket"},
                   {"Connection", "Upgrade"},
                   {"Sec-WebSocket-Accept", websocket_accept(request.key)}};
  if (!protocol->empty()) answer.fields.emplace_back("Sec-WebSocket-Protocol", *protocol);
  answer.agreement.protocol = std::move(*protocol);
  if (!terms.deflate) return answer;
  if (auto deflate = answer_deflate_offers(*offers, *terms.deflate)) {
    answer.fields.emplace_back("Sec-WebSocket-Extensions", std::move(deflate->field));
    answer.agreement.deflate = deflate->agreed;
  }
  return answer;
}

std::vector<WebSocketField> websocket_request_fields(std::string_view key,
                                                     const WebSocketTerms& terms) {
  std::vector<WebSocketField> fields = {{"Upgrade", "websocket"},
                                        {"Connection", "Upgrade"},
                                        {"Sec-WebSocket-Key", std::string(key)},
                                        {"Sec-WebSocket-Version", std::string(k_version)}};
  std::string protocols;
  for (const std::string& protocol : terms.protocols) {
    if (!protocols.empty()) protocols += ", ";
    protocols += protocol;
  }
  if (!protocols.empty()) fields.emplace_back("Sec-WebSocket-Protocol", std::move(protocols));
  if (terms.deflate) {
    fields.emplace_back("Sec-WebSocket-Extensions", deflate_offers(*terms.deflate));
  }
  return fields;
}

Result<WebSocketAgreement> check_websocket_reply(const WebSocketReply& reply, std::string_view key,
                                                 const WebSocketTerms& terms) {
  if (reply.status != 101) {
    return Error(Fault::refused, "open a WebSocket", "the server did not answer with status 101",
                 "check the path, and that a WebSocket is served there");
  }
  if (!equal_ignoring_case(reply.upgrade, "websocket")) {
    return broken_reply("the server's Upgrade is not websocket");
  }
  if (!list_has(reply.connection, "upgrade")) {
    return broken_reply("the server's Connection is not Upgrade");
  }
  if (reply.accept != websocket_accept(key)) {
    return broken_reply("the server's Sec-WebSocket-Accept does not fit the key");
  }
  WebSocketAgreement agreement{.protocol = std::string(reply.protocol)};
  const bool asked = reply.protocol.empty() ||
                     std::ranges::find(terms.protocols, reply.protocol) != terms.protocols.end();
  if (!asked) return broken_reply("the server chose a subprotocol that was not offered");
  const auto extensions = read_websocket_extensions(reply.extensions);
  if (!extensions) return extensions.error();
  const auto deflate = read_deflate_answer(*extensions, terms.deflate);
  if (!deflate) return deflate.error();
  agreement.deflate = *deflate;
  return agreement;
}

}  // namespace patchbay
