// The checksum of IPv4, TCP, UDP and ICMP (RFC 1071): ones' complement of the sum of 16-bit words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace patchbay {

// A sum on its way. A copy of it goes on from there: whoever sends the same packet a thousand times
// with other ports sums up what stays the same once.
class InternetSum {
 public:
  // Pieces of an even length, but for the last, which is as if a zero byte came behind it.
  void add(std::span<const std::byte> bytes);
  void add16(std::uint16_t word) { sum_ += word; }
  void add32(std::uint32_t words) { sum_ += (words >> 16) + (words & 0xffff); }

  // What stands in the header, where its own field was summed up as zero. Of bytes with a right
  // checksum in them it is 0. A UDP checksum of 0 is sent as 0xffff (RFC 768).
  std::uint16_t checksum() const {
    std::uint64_t sum = (sum_ >> 32) + (sum_ & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;  // of words in host order; 2^48 of them have room
};

std::uint16_t internet_checksum(std::span<const std::byte> bytes);

// The checksum after one 16-bit word under it has changed (RFC 1624 section 3, equation 3).
std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after);

// The pseudo header in front of TCP, UDP and ICMPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1).
// Both addresses have 4 or both have 16 bytes; `bytes` is the length of the transport's header and
// payload.
InternetSum pseudo_header_sum(std::span<const std::byte> source,
                              std::span<const std::byte> destination, std::uint8_t protocol,
                              std::size_t bytes);

}  // namespace patchbay
