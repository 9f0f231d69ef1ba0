// SCRAM: whatever a client says is refused with a word, or its parts are those of the text.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/scram.hpp"

namespace {

using namespace patchbay;

void read_first(std::string_view text) {
  const auto first = parse_scram_client_first(text);
  if (!first) {
    FUZZ_CHECK(!std::string_view(first.error()).empty());
    return;
  }
  FUZZ_CHECK(text.starts_with(first->header) && text.ends_with(first->bare));
  FUZZ_CHECK(first->header.size() + first->bare.size() == text.size());
  FUZZ_CHECK(!first->name.empty() && !first->name.contains('\0'));
  FUZZ_CHECK(!first->nonce.empty() && !first->nonce.contains(','));
}

void read_final(std::string_view text) {
  const auto last = parse_scram_client_final(text);
  if (!last) return;
  FUZZ_CHECK(text.starts_with(last->without_proof));
  FUZZ_CHECK(text.substr(last->without_proof.size()) == ",p=" + encode_base64(last->proof));
  FUZZ_CHECK(last->without_proof.starts_with("c=" + encode_base64(last->binding)));
  FUZZ_CHECK(!last->nonce.empty() && !last->nonce.contains(','));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_first(text);
  read_final(text);
  return 0;
}
