// What a user types as an address: an error, or a value that its own text gives back.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/net/address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto address = IpAddress::parse(text)) {
    const auto again = IpAddress::parse(address->to_string());
    FUZZ_CHECK(again && *again == *address);
  }
  if (const auto endpoint = Endpoint::parse(text)) {
    const auto again = Endpoint::parse(endpoint->to_string());
    FUZZ_CHECK(again && *again == *endpoint);
  }
  if (const auto parts = HostPort::parse(text)) {
    const auto again = HostPort::parse(parts->to_string());
    FUZZ_CHECK(again && again->host == parts->host && again->port == parts->port);
  }
  return 0;
}
