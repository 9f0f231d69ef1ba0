#include "patchbay/wire/http_negotiation.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "patchbay/base/number.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

using detail::ValueScanner;

constexpr int k_highest = 1000;

// qvalue of section 12.4.2 in thousandths: 0 or 1, with at most three digits behind the point.
std::optional<int> read_quality(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  if (text[0] != '0' && text[0] != '1') return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int value = (text[0] - '0') * k_highest;
  int place = k_highest / 10;
  for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (!decimal::is_digit(digit)) return std::nullopt;
    value += (digit - '0') * place;
    place /= 10;
  }
  if (value > k_highest) return std::nullopt;
  return value;
}

// --- Accept-Encoding -----------------------------------------------------------------------------

// What the client says of each coding, in thousandths; nothing where it says nothing.
struct CodingRatings {
  std::array<std::optional<int>, 4> named;  // by ContentCoding
  std::optional<int> others;                // "*"

  std::optional<int> of(ContentCoding coding) const {
    const auto& own = named.at(static_cast<std::size_t>(coding));
    return own ? own : others;
  }
};

std::optional<ContentCoding> coding_named(std::string_view name) {
  for (const auto coding :
       {ContentCoding::identity, ContentCoding::gzip, ContentCoding::zstd, ContentCoding::br}) {
    if (equal_ignoring_case(name, name_of(coding))) return coding;
  }
  if (equal_ignoring_case(name, "x-gzip")) return ContentCoding::gzip;  // section 8.4.1.3
  return std::nullopt;
}

// The weight of an element that may have nothing else: 1 when it has none, nothing when it cannot
// be read.
std::optional<int> weight_of(std::string_view text) {
  const auto parameters = detail::read_parameters(text);
  if (!parameters || parameters->size() > 1) return std::nullopt;
  if (parameters->empty()) return k_highest;
  if (!equal_ignoring_case(parameters->front().name, "q")) return std::nullopt;
  return read_quality(parameters->front().value);
}

void rate(std::string_view element, CodingRatings& ratings) {
  ValueScanner scanner(element);
  const std::string_view name = scanner.take_token();
  const auto quality = weight_of(scanner.rest());
  if (!quality) return;
  if (name == "*") {
    ratings.others = quality;
  } else if (const auto coding = coding_named(name)) {
    ratings.named.at(static_cast<std::size_t>(*coding)) = quality;
  }
}

CodingRatings read_ratings(std::string_view field) {
  CodingRatings ratings;
  ValueScanner scanner(field);
  while (!scanner.at_end()) rate(scanner.take_until(','), ratings);
  return ratings;
}

// --- Accept --------------------------------------------------------------------------------------

struct MediaRange {
  std::string_view type;
  std::string_view subtype;
  std::vector<detail::ValueParameter> parameters;
};

std::optional<MediaRange> read_media_range(std::string_view text) {
  ValueScanner scanner(text);
  MediaRange range;
  range.type = scanner.take_token();
  if (!scanner.take('/')) return std::nullopt;
  range.subtype = scanner.take_token();
  if (range.type.empty() || range.subtype.empty()) return std::nullopt;
  auto parameters = detail::read_parameters(scanner.rest());
  if (!parameters) return std::nullopt;
  range.parameters = *std::move(parameters);
  return range;
}

bool has_parameter(const MediaRange& media, const detail::ValueParameter& wanted) {
  return std::ranges::any_of(media.parameters, [&wanted](const auto& parameter) {
    return equal_ignoring_case(parameter.name, wanted.name) &&
           equal_ignoring_case(parameter.value, wanted.value);
  });
}

// How precisely an element of Accept fits, and with which quality. 0: it does not fit.
struct Fit {
  int precision = 0;
  int quality = k_highest;
};

int precision_of_type(const MediaRange& range, const MediaRange& media) {
  if (range.type == "*") return range.subtype == "*" ? 1 : 0;
  if (!equal_ignoring_case(range.type, media.type)) return 0;
  if (range.subtype == "*") return 2;
  return equal_ignoring_case(range.subtype, media.subtype) ? 3 : 0;
}

Fit fit(std::string_view element, const MediaRange& media) {
  const auto range = read_media_range(element);
  if (!range) return {};
  Fit result{.precision = precision_of_type(*range, media)};
  if (result.precision == 0) return {};
  for (const auto& parameter : range->parameters) {
    if (equal_ignoring_case(parameter.name, "q")) {
      const auto quality = read_quality(parameter.value);
      if (!quality) return {};
      result.quality = *quality;
      break;  // what follows the weight is no part of the range
    }
    if (!has_parameter(media, parameter)) return {};
    ++result.precision;
  }
  return result;
}

}  // namespace

std::string_view name_of(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::identity: return "identity";
    case ContentCoding::gzip: return "gzip";
    case ContentCoding::zstd: return "zstd";
    case ContentCoding::br: return "br";
  }
  return "";
}

std::optional<ContentCoding> choose_coding(std::string_view field,
                                           std::span<const ContentCoding> available) {
  const CodingRatings ratings = read_ratings(field);
  std::optional<ContentCoding> best;
  int best_quality = 0;
  for (const ContentCoding coding : available) {
    const int quality = ratings.of(coding).value_or(0);
    if (quality <= best_quality) continue;
    best = coding;
    best_quality = quality;
  }
  const auto identity = ratings.of(ContentCoding::identity);
  if (identity.value_or(0) > best_quality || (!best && !identity)) return ContentCoding::identity;
  return best;
}

int quality_of(std::string_view field, std::string_view media_type) {
  if (field.empty()) return k_highest;
  const auto media = read_media_range(media_type);
  if (!media) return 0;
  Fit best{.precision = 0, .quality = 0};
  ValueScanner scanner(field);
  while (!scanner.at_end()) {
    const Fit next = fit(scanner.take_until(','), *media);
    if (next.precision > best.precision ||
        (next.precision == best.precision && next.precision > 0 && next.quality > best.quality)) {
      best = next;
    }
  }
  return best.quality;
}

}  // namespace patchbay
