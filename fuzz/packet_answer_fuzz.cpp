// Any packet as an answer to a scan: what is believed was asked, and quotes a cookie that we made.
// The first byte of the input says how ports are asked, the second which bytes are put right: with
// none, nothing that is proved by a cookie may be believed.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "check.hpp"
#include "patchbay/tools/scan/probe/packet_answer.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"
#include "patchbay/wire/big_endian.hpp"

namespace {

using namespace patchbay;

constexpr ProbeCookies::Key k_key = {'n', 'o', 'b', 'o', 'd', 'y', ' ', 'g', 'u', 'e', 's', 's'};
constexpr Instant k_start{1'000s};
constexpr Instant k_sent{1'001s};
constexpr Instant k_now = k_sent + 3ms;
constexpr TcpMethod k_methods[] = {TcpMethod::syn, TcpMethod::ack, TcpMethod::fin, TcpMethod::null,
                                   TcpMethod::xmas};

const IpAddress k_source4 = IpAddress::parse("192.0.2.1").value_or(IpAddress());
const IpAddress k_source6 = IpAddress::parse("2001:db8::1").value_or(IpAddress());

// Writes the cookie where an answer to the probe with these ends would have it.
void put_right(std::span<std::byte> packet, const ProbeCookies& cookies, bool more) {
  const auto ip = read_ip_packet(packet);
  if (!ip || ip->protocol != k_protocol_tcp || ip->payload.size() < k_tcp_header_bytes) return;
  const std::span<std::byte> segment = packet.subspan(ip->header_bytes);
  const ProbeEnds ends{.source = ip->destination,
                       .destination = ip->source,
                       .protocol = ScanProtocol::tcp,
                       .source_port = get16(segment, 2),
                       .destination_port = get16(segment, 0)};
  set32(segment, 8, cookies.make(ends, k_sent).word + (more ? 1 : 0));
}

void check_answer(const PacketAnswer& read, const ProbePorts& ports) {
  FUZZ_CHECK(read.kind == PacketAnswer::Kind::answer);
  FUZZ_CHECK(read.answer.attempt <= ports.attempts);
  FUZZ_CHECK(read.answer.reason != AnswerReason::no_response);
  FUZZ_CHECK(!read.answer.round_trip || *read.answer.round_trip >= Duration::zero());
  FUZZ_CHECK(read.port.protocol != ScanProtocol::neighbour);
  FUZZ_CHECK(read.port.protocol != ScanProtocol::ping || read.port.number == 0);
  FUZZ_CHECK(!read.answer.by || *read.answer.by != read.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ProbeCookies cookies(k_key, k_start);
  const ProbePorts ports{.first = 20'000, .attempts = 10};
  const AnswerReader reader(cookies, {.sources = {k_source4, k_source6},
                                      .ports = ports,
                                      .tcp = k_methods[data[0] % std::size(k_methods)]});
  const auto given = std::as_bytes(std::span(data + 2, size - 2));
  std::vector<std::byte> packet(given.begin(), given.end());
  if ((data[1] & 1) != 0) put_right(packet, cookies, (data[1] & 2) != 0);

  const PacketAnswer read = reader.read(packet, 2, k_now);
  if (read.kind != PacketAnswer::Kind::answer) {
    FUZZ_CHECK(read.port == ScanPort{} && read.target == IpAddress());
    return 0;
  }
  check_answer(read, ports);

  // The probe that it says it answers can be made, and is no answer itself.
  const bool v6 = read.target.is_v6();
  const ProbePackets packets(cookies, {.source = v6 ? k_source6 : k_source4, .ports = ports});
  std::vector<std::byte> probe(ProbePackets::k_most_bytes);
  probe.resize(packets.write(read.target, read.port, read.answer.attempt, k_sent, probe));
  FUZZ_CHECK(!probe.empty());
  const bool to_ourselves = read.target == k_source4 || read.target == k_source6;
  FUZZ_CHECK(to_ourselves || reader.read(probe, 2, k_now).kind == PacketAnswer::Kind::unrelated);
  return 0;
}
