// What a server says to a question of `http probe`: read in one piece and byte by byte, the answers
// are the same, and each verdict has its words.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/tools/http/probe_answer.hpp"

namespace {

using namespace patchbay;

ProbeHeard read(std::string_view bytes, std::size_t piece) {
  ProbeReader reader({"HEAD", "GET"});
  while (!bytes.empty() && !reader.useless()) {
    reader.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  reader.end(ProbeEnd::closed);
  FUZZ_CHECK(reader.whole_answers() <= reader.heard().answers.size());
  return reader.heard();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ProbeHeard whole = read(text, text.size());
  const ProbeHeard pieces = read(text, 1);
  FUZZ_CHECK(whole.end == ProbeEnd::enough || whole.answers.size() == pieces.answers.size());
  FUZZ_CHECK(whole.end == ProbeEnd::enough ||
             (whole.garbage == nullptr) == (pieces.garbage == nullptr));
  for (std::size_t i = 0; i < pieces.answers.size() && i < whole.answers.size(); ++i) {
    FUZZ_CHECK(whole.answers[i].status == pieces.answers[i].status);
    FUZZ_CHECK(whole.answers[i].whole == pieces.answers[i].whole);
  }
  return 0;
}
