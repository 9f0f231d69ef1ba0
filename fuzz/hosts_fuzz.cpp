// A hosts file, whoever wrote it: what is found by name is found again by address.
#include <string>
#include <string_view>
#include <vector>

#include "memory_file.hpp"
#include "patchbay/net/hosts_file.hpp"

namespace {

// Up to 64 words of the text: names, addresses and whatever else stands there.
std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v#";
  std::vector<std::string> words;
  while (words.size() < 64) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) break;
    words.emplace_back(text.substr(0, text.find_first_of(blanks)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const MemoryFile file(data, size);
  HostsFile hosts(file.path());
  for (const std::string& word : words_of({reinterpret_cast<const char*>(data), size})) {
    const std::vector<IpAddress>* found = hosts.find(word);
    if (found == nullptr) continue;
    FUZZ_CHECK(!found->empty());
    const std::vector<IpAddress> addresses = *found;
    for (const IpAddress& address : addresses) {
      const std::vector<std::string>* names = hosts.find(address);
      FUZZ_CHECK(names != nullptr && !names->empty() && names->size() <= 64);
    }
  }
  return 0;
}
