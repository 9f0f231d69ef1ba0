// The body of a message: however the stream is cut, the content is the same and so is where it
// ends. The first byte of the input chooses the framing and the limits, the second the size of the
// pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http1_body.hpp"

namespace {

using namespace patchbay;

struct Read {
  std::string content;
  std::size_t taken = 0;  // of the stream
  bool ended = false;
  bool broken = false;
};

Read read(HttpFraming framing, const Http1BodyLimits& limits, std::string_view stream,
          std::size_t piece) {
  Http1Body body(framing, limits);
  Read result;
  while (result.taken < stream.size() && !body.ended() && !body.broken()) {
    std::string_view bytes = stream.substr(result.taken, piece);
    const std::size_t given = bytes.size();
    while (!bytes.empty() && !body.ended() && !body.broken()) {
      const std::size_t before = bytes.size();
      const std::string_view content = body.take(bytes);
      FUZZ_CHECK(bytes.size() < before || body.broken());
      FUZZ_CHECK(content.size() <= before - bytes.size());
      result.content += content;
    }
    result.taken += given - bytes.size();
  }
  result.ended = body.ended();
  result.broken = body.broken();
  FUZZ_CHECK(!(result.ended && result.broken));
  FUZZ_CHECK(!result.broken || body.refusal().reason != nullptr);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 2), size - 2);
  HttpFraming framing{.kind = BodyKind::chunked};
  if (data[0] % 4 == 1) framing = {.kind = BodyKind::length, .content_length = data[0]};
  if (data[0] == 254) framing = {.kind = BodyKind::until_close};
  Http1BodyLimits limits;
  if (data[0] % 4 == 3) limits = {data[0] / 4U, data[0] / 2U, data[0] / 2U};

  const Read whole = read(framing, limits, stream, std::max<std::size_t>(stream.size(), 1));
  const Read cut = read(framing, limits, stream, std::max<std::size_t>(data[1], 1));
  FUZZ_CHECK(whole.content == cut.content);
  FUZZ_CHECK(whole.ended == cut.ended && whole.broken == cut.broken);
  FUZZ_CHECK(whole.broken || whole.taken == cut.taken);
  if (framing.kind == BodyKind::length) {
    FUZZ_CHECK(whole.ended == (stream.size() >= framing.content_length));
    FUZZ_CHECK(whole.content == stream.substr(0, framing.content_length));
  }

  // Sent again by us, it comes back. What lies in front of it makes it long enough to be cut.
  const std::string sent = chunk_head(whole.content.size() + 1) + "x" + whole.content + "\r\n" +
                           std::string(k_last_chunk);
  const Read again = read({.kind = BodyKind::chunked}, {}, sent, std::max<std::size_t>(data[1], 1));
  FUZZ_CHECK(again.ended && again.content == "x" + whole.content && again.taken == sent.size());
  return 0;
}
