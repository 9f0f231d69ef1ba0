// Classic BPF: the filters that a packet socket attaches (linux/Documentation/networking/filter).
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace patchbay::sim {

// What a filter can ask for beside the bytes.
struct BpfInput {
  std::span<const std::byte> frame;  // from the link's header on
  std::size_t begin = 0;             // where the socket's own bytes begin: behind it, if cooked
  std::uint16_t ethertype = 0;
  std::uint8_t packet_type = 0;
  std::uint32_t interface = 0;
};

class BpfProgram {
 public:
  // False for a program that the kernel would not take either: jumps past the end, no return,
  // instructions that are none.
  bool load(std::span<const sock_filter> program);
  bool empty() const { return program_.empty(); }
  void clear() { program_.clear(); }

  // How many bytes are kept; 0: the frame is not for this socket. Reading past its end drops it.
  std::uint32_t run(const BpfInput& input) const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace patchbay::sim
