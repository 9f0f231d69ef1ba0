#include "patchbay/wire/internet_checksum.hpp"

#include <cstring>

#include "patchbay/wire/big_endian.hpp"

namespace patchbay {

void InternetSum::add(std::span<const std::byte> bytes) {
  // As the machine has them, and turned round at the end: the sum does not mind (RFC 1071 2(B)).
  std::uint64_t sum = 0;
  while (bytes.size() >= 4) {
    std::uint32_t words;
    std::memcpy(&words, bytes.data(), sizeof words);
    sum += words;
    bytes = bytes.subspan(4);
  }
  std::uint32_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  sum += rest;
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum_ += __builtin_bswap16(static_cast<std::uint16_t>(sum));
}

std::uint16_t internet_checksum(std::span<const std::byte> bytes) {
  InternetSum sum;
  sum.add(bytes);
  return sum.checksum();
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) {
  InternetSum sum;
  sum.add16(static_cast<std::uint16_t>(~checksum));
  sum.add16(static_cast<std::uint16_t>(~before));
  sum.add16(after);
  return sum.checksum();
}

InternetSum pseudo_header_sum(std::span<const std::byte> source,
                              std::span<const std::byte> destination, std::uint8_t protocol,
                              std::size_t bytes) {
  InternetSum sum;
  sum.add(source);
  sum.add(destination);
  sum.add16(protocol);
  sum.add32(static_cast<std::uint32_t>(bytes));
  return sum;
}

}  // namespace patchbay
