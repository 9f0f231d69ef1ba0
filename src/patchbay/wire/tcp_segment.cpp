#include "patchbay/wire/tcp_segment.hpp"

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {
namespace {

// RFC 9293 section 3.2, RFC 7323, RFC 2018. The last two have a length of their own each.
enum Option : std::uint8_t {
  k_end = 0,
  k_nothing = 1,
  k_most_segment = 2,
  k_window_scale = 3,
  k_sack_permitted = 4,
  k_timestamps = 8,
};

constexpr std::size_t k_most_segment_bytes = 4;
constexpr std::size_t k_window_scale_bytes = 3;
constexpr std::size_t k_sack_permitted_bytes = 2;
constexpr std::size_t k_timestamps_bytes = 10;
constexpr std::size_t k_checksum_at = 16;

void take_option(std::span<const std::byte> option, TcpHeaderOptions& into) {
  switch (get8(option, 0)) {
    case k_most_segment:
      if (option.size() == k_most_segment_bytes) into.most_segment_bytes = get16(option, 2);
      break;
    case k_window_scale:
      if (option.size() == k_window_scale_bytes) into.window_scale = get8(option, 2);
      break;
    case k_sack_permitted:
      if (option.size() == k_sack_permitted_bytes) into.selective_acknowledgement = true;
      break;
    case k_timestamps:
      if (option.size() == k_timestamps_bytes) {
        into.timestamps = {.value = get32(option, 2), .echo = get32(option, 6)};
      }
      break;
    default: break;
  }
}

// Writes one option after the other; there is room for them.
class OptionWriter {
 public:
  explicit OptionWriter(std::span<std::byte> into) : into_(into) {}

  void put8(unsigned value) { set8(into_, at_++, value); }
  void put16(std::uint16_t value) {
    set16(into_, at_, value);
    at_ += 2;
  }
  void put32(std::uint32_t value) {
    set32(into_, at_, value);
    at_ += 4;
  }
  void begin(Option kind, std::size_t bytes) {
    put8(kind);
    put8(static_cast<unsigned>(bytes));
  }
  void skip(int count) {
    for (; count > 0; --count) put8(k_nothing);
  }

 private:
  std::span<std::byte> into_;
  std::size_t at_ = 0;
};

// Each begins at a word of four bytes, and what two of them leave free is not filled up: SACK's two
// bytes stand where the timestamps would have two of padding.
void write_options(const TcpHeaderOptions& options, std::span<std::byte> into) {
  OptionWriter writer(into);
  if (options.most_segment_bytes) {
    writer.begin(k_most_segment, k_most_segment_bytes);
    writer.put16(*options.most_segment_bytes);
  }
  if (options.selective_acknowledgement || options.timestamps) {
    if (!options.selective_acknowledgement || !options.timestamps) writer.skip(2);
    if (options.selective_acknowledgement) writer.begin(k_sack_permitted, k_sack_permitted_bytes);
  }
  if (options.timestamps) {
    writer.begin(k_timestamps, k_timestamps_bytes);
    writer.put32(options.timestamps->value);
    writer.put32(options.timestamps->echo);
  }
  if (options.window_scale) {
    writer.skip(1);
    writer.begin(k_window_scale, k_window_scale_bytes);
    writer.put8(*options.window_scale);
  }
}

}  // namespace

std::optional<TcpSegmentView> read_tcp_segment(std::span<const std::byte> bytes) {
  if (bytes.size() < k_tcp_header_bytes) return std::nullopt;
  const std::size_t header = (get8(bytes, 12) >> 4) * std::size_t{4};
  if (header < k_tcp_header_bytes || header > bytes.size()) return std::nullopt;
  return TcpSegmentView{.source_port = get16(bytes, 0),
                        .destination_port = get16(bytes, 2),
                        .sequence = get32(bytes, 4),
                        .acknowledgement = get32(bytes, 8),
                        .flags = get8(bytes, 13),
                        .window = get16(bytes, 14),
                        .options = bytes.first(header).subspan(k_tcp_header_bytes),
                        .payload = bytes.subspan(header)};
}

std::optional<TcpQuote> read_tcp_quote(std::span<const std::byte> bytes) {
  if (bytes.size() < 8) return std::nullopt;
  return TcpQuote{.source_port = get16(bytes, 0),
                  .destination_port = get16(bytes, 2),
                  .sequence = get32(bytes, 4)};
}

TcpHeaderOptions read_tcp_options(std::span<const std::byte> options) {
  TcpHeaderOptions read;
  while (!options.empty() && get8(options, 0) != k_end) {
    std::size_t size = 1;
    if (get8(options, 0) != k_nothing) {
      if (options.size() < 2) break;
      size = get8(options, 1);
      if (size < 2 || size > options.size()) break;
      take_option(options.first(size), read);
    }
    options = options.subspan(size);
  }
  return read;
}

std::size_t tcp_header_bytes(const TcpHeaderOptions& options) {
  std::size_t bytes = k_tcp_header_bytes;
  if (options.most_segment_bytes) bytes += k_most_segment_bytes;
  if (options.timestamps) {
    bytes += k_timestamps_bytes + 2;
  } else if (options.selective_acknowledgement) {
    bytes += k_sack_permitted_bytes + 2;
  }
  if (options.window_scale) bytes += k_window_scale_bytes + 1;
  return bytes;
}

std::size_t write_tcp_header(const TcpHeader& header, std::span<std::byte> into) {
  const std::size_t size = tcp_header_bytes(header.options);
  if (into.size() < size) return 0;
  set16(into, 0, header.source_port);
  set16(into, 2, header.destination_port);
  set32(into, 4, header.sequence);
  set32(into, 8, header.acknowledgement);
  set8(into, 12, static_cast<unsigned>(size / 4) << 4);
  set8(into, 13, header.flags);
  set16(into, 14, header.window);
  set32(into, k_checksum_at, 0);  // and the urgent pointer
  write_options(header.options, into.first(size).subspan(k_tcp_header_bytes));
  return size;
}

void set_tcp_checksum(std::span<std::byte> segment, std::span<const std::byte> source,
                      std::span<const std::byte> destination) {
  set16(segment, k_checksum_at, 0);
  InternetSum sum = pseudo_header_sum(source, destination, k_protocol_tcp, segment.size());
  sum.add(segment);
  set16(segment, k_checksum_at, sum.checksum());
}

}  // namespace patchbay
