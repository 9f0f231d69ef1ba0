#include "patchbay/wire/tcp_segment.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {
namespace {

bool is(std::span<const std::byte> bytes, std::string_view hex) {
  return std::ranges::equal(bytes, from_hex(hex));
}

constexpr TcpHeader k_syn{
    .source_port = 40'000,
    .destination_port = 443,
    .sequence = 0x01020304,
    .flags = k_tcp_syn,
    .window = 64'240,
    .options = {.most_segment_bytes = 1460,
                .selective_acknowledgement = true,
                .timestamps = TcpHeaderOptions::Timestamps{.value = 0xa1b2c3d4},
                .window_scale = 7}};

TEST(TcpHeader, OfASynIsAsLinuxWritesIt) {
  std::array<std::byte, 40> bytes;
  ASSERT_EQ(write_tcp_header(k_syn, bytes), 40U);
  EXPECT_TRUE(is(bytes,
                 "9c40 01bb 01020304 00000000 a002 faf0 0000 0000"
                 "0204 05b4 0402 080a a1b2c3d4 00000000 01 030307"));
}

TEST(TcpHeader, FillsUpToWordsWhereAnOptionIsMissing) {
  std::array<std::byte, 40> bytes;
  TcpHeader header = k_syn;
  header.options.timestamps.reset();
  ASSERT_EQ(write_tcp_header(header, bytes), 32U);
  EXPECT_TRUE(is(std::span(bytes).subspan(20, 12), "0204 05b4 0101 0402 01 030307"));
  header = k_syn;
  header.options.selective_acknowledgement = false;
  ASSERT_EQ(write_tcp_header(header, bytes), 40U);
  EXPECT_TRUE(is(std::span(bytes).subspan(24, 12), "0101 080a a1b2c3d4 00000000"));
  header.options = {};
  ASSERT_EQ(write_tcp_header(header, bytes), 20U);
  EXPECT_EQ(bytes[12], std::byte{0x50});
}

TEST(TcpHeader, IsNotWrittenWhereThereIsNoRoom) {
  std::array<std::byte, 39> bytes;
  EXPECT_EQ(write_tcp_header(k_syn, bytes), 0U);
}

TEST(TcpSegment, IsReadAsItWasWritten) {
  std::array<std::byte, 43> bytes{};
  TcpHeader header = k_syn;
  header.acknowledgement = 0x0a0b0c0d;
  header.flags = k_tcp_syn | k_tcp_ack;
  ASSERT_EQ(write_tcp_header(header, bytes), 40U);
  const auto read = read_tcp_segment(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source_port, 40'000);
  EXPECT_EQ(read->destination_port, 443);
  EXPECT_EQ(read->sequence, 0x01020304U);
  EXPECT_EQ(read->acknowledgement, 0x0a0b0c0dU);
  EXPECT_TRUE(read->has(k_tcp_syn));
  EXPECT_TRUE(read->has(k_tcp_syn | k_tcp_ack));
  EXPECT_FALSE(read->has(k_tcp_syn | k_tcp_rst));
  EXPECT_EQ(read->window, 64'240);
  EXPECT_EQ(read->payload.size(), 3U);
  EXPECT_EQ(read_tcp_options(read->options), k_syn.options);
}

TEST(TcpSegment, CutWithinItsHeaderIsNone) {
  std::array<std::byte, 40> bytes{};
  write_tcp_header(k_syn, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = std::span(bytes).first(size);
    EXPECT_FALSE(read_tcp_segment(part)) << size;
    const auto quote = read_tcp_quote(part);
    ASSERT_EQ(quote.has_value(), size >= 8) << size;
    if (quote) EXPECT_EQ(quote->sequence, 0x01020304U);
  }
  ASSERT_TRUE(read_tcp_segment(bytes));
  bytes[12] = std::byte{0x40};  // four words
  EXPECT_FALSE(read_tcp_segment(bytes));
}

TEST(TcpHeaderOptions, UnknownOnesArePassedOverAndBrokenOnesEndTheList) {
  const TcpHeaderOptions mss{.most_segment_bytes = 536};
  EXPECT_EQ(read_tcp_options(from_hex("fe04 1234 0101 0204 0218")), mss);
  EXPECT_EQ(read_tcp_options(from_hex("0204 0218 00 0303 07")), mss);   // behind the end
  EXPECT_EQ(read_tcp_options(from_hex("0204 0218 0300 030307")), mss);  // a length of 0
  EXPECT_EQ(read_tcp_options(from_hex("0204 0218 0301 030307")), mss);
  EXPECT_EQ(read_tcp_options(from_hex("0204 0218 080a 00000001")), mss);  // longer than the rest
  EXPECT_EQ(read_tcp_options(from_hex("0204 0218 03")), mss);
  // Known ones of a wrong length mean nothing, but they have one.
  EXPECT_EQ(read_tcp_options(from_hex("0203 02 0402")),
            (TcpHeaderOptions{.selective_acknowledgement = true}));
  EXPECT_EQ(read_tcp_options({}), TcpHeaderOptions{});
}

TEST(TcpChecksum, MakesTheSumComeOut) {
  for (const bool v6 : {false, true}) {
    const auto source = from_hex(v6 ? "20010db8000000000000000000000001" : "c0a80001");
    const auto destination = from_hex(v6 ? "20010db80000000000000000000000ff" : "c0a800c7");
    std::array<std::byte, 43> bytes{};
    write_tcp_header(k_syn, bytes);
    bytes[42] = std::byte{0x77};
    set_tcp_checksum(bytes, source, destination);
    InternetSum sum = pseudo_header_sum(source, destination, k_protocol_tcp, bytes.size());
    sum.add(bytes);
    EXPECT_EQ(sum.checksum(), 0);
  }
}

}  // namespace
}  // namespace patchbay
