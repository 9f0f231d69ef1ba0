// What a client makes of a request: its head on the wire, and what a redirect turns it into.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/http/http_client.hpp"

namespace patchbay {

// `protocol` for a method or a field that cannot be sent, or that is not the caller's to send.
Result<> check_request(const HttpClientRequest& request);

// With its framing (RFC 9112 section 6). The body stays where it is; `gathered` is all that its
// source had, if it was read already.
HttpOutgoing outgoing(const HttpClientRequest& request, const HttpClientOptions& options,
                      const std::optional<std::string>& gathered = std::nullopt);

// Has it a body that can travel in chunks only, as it is?
bool needs_chunks(const HttpClientRequest& request);

// What the client says by itself where the caller does not, Host aside. Views of the options.
std::array<std::pair<std::string_view, std::string_view>, 3> client_fields(
    const HttpClientOptions& options);

bool has_field(const HttpFieldList& fields, std::string_view name);

// RFC 9110 section 8.6: a method that is used with content says so where there is none.
bool tells_length_of_nothing(std::string_view method);

// May it be sent again when nobody knows whether it arrived (RFC 9110 section 9.2.2)?
bool may_repeat(const HttpClientRequest& request);

// Where an answer leads: empty when it is no redirect.
std::string_view redirect_of(const HttpHop& hop);

// Turns `request` into the one that follows (RFC 9110 section 15.4).
Result<> redirect(HttpClientRequest& request, const HttpHop& hop, bool allow_downgrade);

}  // namespace patchbay
