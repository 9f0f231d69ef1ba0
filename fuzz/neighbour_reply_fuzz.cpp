// Any frame as the answer to who has an address: whoever is believed is one host, and a question of
// ours is never taken for an answer. The first byte of the input says of which family it is.
#include <array>
#include <cstdint>
#include <span>

#include "check.hpp"
#include "patchbay/tools/scan/probe/neighbour_packet.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  if (size == 0) return 0;
  const bool arp = data[0] % 2 == 0;
  const std::uint16_t ethertype = arp ? k_ethertype_arp : k_ethertype_ipv6;
  const auto packet = std::as_bytes(std::span(data, size).subspan(1));
  const EthernetAddress sender = {2, 0, 0, 0, 0, 2};
  const auto reply = read_neighbour_reply(ethertype, packet, sender);
  if (!reply) return 0;
  FUZZ_CHECK((reply->link[0] & 1) == 0);
  FUZZ_CHECK(reply->address.is_v4() == arp);
  FUZZ_CHECK(!reply->address.is_any());

  std::array<std::byte, ProbePackets::k_most_short_bytes> room{};
  const std::size_t asked = write_neighbour_question(
      {.asker_link = sender, .asker = reply->address, .target = reply->address}, room);
  FUZZ_CHECK(asked <= room.size());
  FUZZ_CHECK(!read_neighbour_reply(ethertype, std::span(room).first(asked), sender));
  return 0;
}
