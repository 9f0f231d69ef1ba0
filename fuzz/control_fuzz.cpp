// What is told beside a datagram: written as the kernel writes it and read again it is the same,
// and an entry of an error queue with any content is read.
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "check.hpp"
#include "patchbay/net/datagram_metadata.hpp"

namespace {

using namespace patchbay;

// Takes values off the front of the input, and zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  template <class T>
  T take() {
    T value{};
    const std::size_t there = std::min(size_, sizeof value);
    std::memcpy(&value, data_, there);
    data_ += there;
    size_ -= there;
    return value;
  }
  bool take_bit() { return (take<std::uint8_t>() & 1) != 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

struct alignas(cmsghdr) Memory {
  std::array<std::byte, 512> bytes;
};

DatagramMetadata metadata_from(Input& input) {
  DatagramMetadata metadata;
  if (input.take_bit()) metadata.segment_bytes = input.take<std::uint16_t>();
  if (input.take_bit()) metadata.hop_limit = input.take<std::uint8_t>();
  if (input.take_bit()) metadata.traffic_class = input.take<std::uint8_t>();
  if (input.take_bit()) metadata.dropped = input.take<std::uint32_t>();
  if (input.take_bit()) {
    // The kernel's clock, as the type that holds it, ends in the year 2262.
    metadata.received_at = std::chrono::system_clock::time_point(
        std::chrono::nanoseconds(input.take<std::int64_t>() & INT64_MAX));
  }
  if (!input.take_bit()) return metadata;
  metadata.interface = input.take<std::uint32_t>() & INT32_MAX;
  if (input.take_bit()) {
    metadata.destination = IpAddress(input.take<in_addr>());
    metadata.local = IpAddress(input.take<in_addr>());
    return metadata;
  }
  const auto address = input.take<in6_addr>();
  if (IN6_IS_ADDR_V4MAPPED(&address)) return metadata;  // is read as IPv4
  const bool scoped = IpAddress(address).is_link_local();
  metadata.destination = IpAddress(address, scoped ? metadata.interface : 0);
  return metadata;
}

void check_round_trip(Input& input) {
  const DatagramMetadata metadata = metadata_from(input);
  Memory memory;
  ControlWriter writer(memory.bytes);
  writer.add(metadata);
  const DatagramMetadata read = parse_metadata(std::span(memory.bytes).first(writer.size()));
  FUZZ_CHECK(read.segment_bytes == metadata.segment_bytes);
  FUZZ_CHECK(read.hop_limit == metadata.hop_limit);
  FUZZ_CHECK(read.traffic_class == metadata.traffic_class);
  FUZZ_CHECK(read.dropped == metadata.dropped);
  FUZZ_CHECK(read.received_at == metadata.received_at);
  FUZZ_CHECK(read.destination == metadata.destination);
  FUZZ_CHECK(read.local == metadata.local);
  FUZZ_CHECK(!metadata.destination || read.interface == metadata.interface);
}

void check_error_report(Input& input) {
  // A sock_extended_err, which begins with the errno, and the offender's address behind it.
  using Entry = std::array<std::uint32_t, (16 + sizeof(sockaddr_in6)) / 4>;
  Memory memory;
  ControlWriter writer(memory.bytes);
  const bool v6 = input.take_bit();
  const auto entry = input.take<Entry>();
  writer.add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, entry);
  const auto report = parse_error_report(std::span(memory.bytes).first(writer.size()));
  FUZZ_CHECK(report.has_value());
  FUZZ_CHECK(report->code == static_cast<int>(entry[0]));
  FUZZ_CHECK(!report->error().what().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  check_round_trip(input);
  check_error_report(input);
  return 0;
}
