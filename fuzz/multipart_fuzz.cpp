// A form with files: however the body is cut, it tells the same. The first byte of the input is the
// size of the pieces, the second the limit of a part's headers; the rest is the body, its boundary
// "b".
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/multipart_reader.hpp"

namespace {

using namespace patchbay;

std::string begin_of(const MultipartReader::Part& part) {
  const auto& [name, filename] = part.disposition;
  if (filename) FUZZ_CHECK(plain_file_name(*filename) == *filename);
  return "\n[begin " + name + '|' + filename.value_or("-") + '|' + part.content_type + ']';
}

// Everything that a reader tells, as one text.
std::string told(std::string_view body, std::size_t piece_bytes, std::size_t header_bytes) {
  MultipartReader reader("b", {.header_bytes = header_bytes, .parts = 4});
  std::string words;
  while (!body.empty()) {
    auto piece = std::as_bytes(std::span(body.substr(0, piece_bytes)));
    body.remove_prefix(piece.size());
    for (;;) {
      const auto event = reader.next(piece);
      if (!event) return words + event.error().why();
      if (*event == MultipartEvent::need_more) break;
      if (*event == MultipartEvent::part_begin) words += begin_of(reader.part());
      if (*event == MultipartEvent::data) words += as_text(reader.data());
      if (*event == MultipartEvent::part_end) words += "[part end]";
      if (*event == MultipartEvent::end) words += "[end]";
      FUZZ_CHECK(*event != MultipartEvent::data || !reader.data().empty());
    }
    FUZZ_CHECK(piece.empty());
  }
  return words + (reader.finish() ? "" : "[cut]");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto boundary = form_boundary(text)) {
    FUZZ_CHECK(!boundary->empty() && boundary->size() <= 70);
    FUZZ_CHECK(boundary->find_first_of("\r\n") == boundary->npos);
  }
  if (size < 2) return 0;
  const std::size_t piece_bytes = std::max<std::size_t>(data[0], 1);
  const std::string_view body = text.substr(2);
  FUZZ_CHECK(told(body, body.size() + 1, data[1]) == told(body, piece_bytes, data[1]));
  return 0;
}
