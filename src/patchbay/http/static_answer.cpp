#include "patchbay/http/static_answer.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/wire/byteranges.hpp"
#include "patchbay/wire/http_condition.hpp"
#include "patchbay/wire/http_range.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_ranges = 64;

std::string_view* place_of(FileWish& wish, std::string_view name) {
  switch (name.size()) {
    case 5: return equal_ignoring_case(name, "range") ? &wish.range : nullptr;
    case 8:
      if (equal_ignoring_case(name, "if-range")) return &wish.if_range;
      return equal_ignoring_case(name, "if-match") ? &wish.if_match : nullptr;
    case 13: return equal_ignoring_case(name, "if-none-match") ? &wish.if_none_match : nullptr;
    case 15: return equal_ignoring_case(name, "accept-encoding") ? &wish.accept_encoding : nullptr;
    case 17:
      return equal_ignoring_case(name, "if-modified-since") ? &wish.if_modified_since : nullptr;
    case 19:
      return equal_ignoring_case(name, "if-unmodified-since") ? &wish.if_unmodified_since : nullptr;
    default: return nullptr;
  }
}

bool has_conditions(const FileWish& wish) {
  return !wish.if_match.empty() || !wish.if_none_match.empty() || !wish.if_modified_since.empty() ||
         !wish.if_unmodified_since.empty();
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(Loop::current().wall_clock());
}

// 304 has the fields that a cache needs, and not those of the content (RFC 9110 section 15.4.5).
HttpResponse not_modified(const Representation& form) {
  HttpResponse response(304);
  for (const auto& [name, value] : form.fields) {
    if (name != "Content-Type" && name != "Content-Encoding") response.add(name, value);
  }
  return response;
}

HttpResponse whole(const Representation& form) {
  if (form.whole) return HttpResponse::prepared(form.whole);
  HttpResponse response;
  response.fields = form.fields;
  response.body = HttpFilePart{form.file, 0, form.size};
  return response;
}

// Bytes of a file, in memory or not.
std::variant<std::string, HttpFilePart> part_of(const Representation& form, ByteRange range) {
  if (form.whole) return form.whole->body.substr(range.first, range.length);
  return HttpFilePart{form.file, range.first, range.length};
}

HttpResponse one_part(const Representation& form, ByteRange range) {
  HttpResponse response(206);
  response.fields = form.fields;
  response.add("Content-Range", content_range(range, form.size));
  std::visit([&response](auto part) { response.body = std::move(part); }, part_of(form, range));
  return response;
}

HttpResponse many_parts(const StaticFile& file, const std::vector<ByteRange>& ranges) {
  const Representation& form = file.identity;
  const std::string boundary =
      fmt::format("{:016x}{:016x}", Loop::current().random_bits(), Loop::current().random_bits());
  HttpParts parts;
  for (const ByteRange range : ranges) {
    parts.emplace_back(byteranges_part_head(boundary, file.type, range, form.size));
    parts.push_back(part_of(form, range));
  }
  parts.emplace_back(byteranges_end(boundary));
  HttpResponse response(206);
  response.fields = form.fields;
  response.set("Content-Type", byteranges_type(boundary));
  response.body = std::move(parts);
  return response;
}

HttpResponse out_of_range(const Representation& form) {
  HttpResponse response = HttpResponse::error(416, "the file has no such part");
  response.add("Content-Range", unsatisfied_content_range(form.size));
  return response;
}

HttpResponse answer_range(const FileWish& wish, const StaticFile& file) {
  const Representation& form = file.identity;
  const Validators validators{.etag = form.etag, .modified = file.modified};
  if (!if_range_holds(wish.if_range, validators, now())) return whole(form);
  const RangeAnswer asked = read_ranges(wish.range, form.size, k_most_ranges);
  if (asked.verdict == RangeVerdict::unsatisfiable) return out_of_range(form);
  if (asked.verdict == RangeVerdict::whole) return whole(form);
  if (asked.ranges.size() == 1) return one_part(form, asked.ranges.front());
  return many_parts(file, asked.ranges);
}

}  // namespace

FileWish::FileWish(const HttpRequest& request) {
  for (const HttpField& field : request.fields) {
    std::string_view* const place = place_of(*this, field.name);
    if (place == nullptr) continue;
    if (place->empty()) {
      *place = field.value;
    } else {
      joined.push_back(fmt::format("{}, {}", *place, field.value));
      *place = joined.back();
    }
  }
  if (!request.is("GET")) range = {};  // RFC 9110 section 14.2: of GET only
}

ContentCoding choose_coding(const FileWish& wish, const StaticFile& file) {
  if (!file.compresses || !wish.range.empty() || wish.accept_encoding.empty()) {
    return ContentCoding::identity;
  }
  ContentCoding available[4];
  std::size_t count = 0;
  for (const ContentCoding coding : {ContentCoding::br, ContentCoding::zstd, ContentCoding::gzip}) {
    if (file.packs_now || file.coded_as(coding)) available[count++] = coding;
  }
  // What refuses even the file as it is gets it all the same: better than an answer of no use.
  return choose_coding(wish.accept_encoding, std::span(available, count))
      .value_or(ContentCoding::identity);
}

HttpResponse answer_file(const FileWish& wish, const StaticFile& file, ContentCoding coding) {
  const Representation& form =
      coding == ContentCoding::identity ? file.identity : *file.coded_as(coding);
  if (has_conditions(wish)) {
    const HttpConditions conditions{.if_match = wish.if_match,
                                    .if_none_match = wish.if_none_match,
                                    .if_modified_since = wish.if_modified_since,
                                    .if_unmodified_since = wish.if_unmodified_since};
    const Validators validators{.etag = form.etag, .modified = file.modified};
    switch (judge_conditions(conditions, validators, true, now())) {
      case ConditionVerdict::not_modified: return not_modified(form);
      case ConditionVerdict::failed:
        return HttpResponse::error(412, "the file is not what was expected");
      case ConditionVerdict::proceed: break;
    }
  }
  return wish.range.empty() ? whole(form) : answer_range(wish, file);
}

}  // namespace patchbay
