// What a client would rather have (RFC 9110 section 12.5): its codings and its media types.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace patchbay {

enum class ContentCoding : std::uint8_t { identity, gzip, zstd, br };

// As Content-Encoding has it: "gzip", "zstd", "br", and "identity", which is never sent.
std::string_view name_of(ContentCoding coding);

// The coding for an answer. `field` is the value of Accept-Encoding, "" when absent: then it is
// identity. `available` are the codings that the server has, best first; among those the client
// rates alike the first wins, and identity is always there, last unless it is listed. A client that
// does not rate identity would rather have anything that it does rate.
//
// Nothing when the client refuses identity and has named nothing available: 406. An element that
// cannot be read is passed over.
std::optional<ContentCoding> choose_coding(std::string_view field,
                                           std::span<const ContentCoding> available);

// How much the client wants a media type, from 0 (not at all) to 1000. `field` is the value of
// Accept; "" accepts all. `media_type` is "text/html" or has parameters: "text/html;level=1". The
// most precise range that fits it decides (section 12.5.1); among equally precise ones the highest
// quality. An element that cannot be read is passed over.
//
//   const bool as_json = quality_of(accept, "application/json") > quality_of(accept, "text/html");
int quality_of(std::string_view field, std::string_view media_type);

}  // namespace patchbay
