#include "patchbay/net/sim/bpf.hpp"

#include <array>
#include <optional>

namespace patchbay::sim {

namespace {

constexpr std::size_t k_link_header_bytes = 14;

std::optional<std::uint32_t> load(const BpfInput& input, std::uint32_t offset, int width) {
  const auto place = static_cast<std::int32_t>(offset);
  std::int64_t at = static_cast<std::int64_t>(input.begin) + place;
  if (place >= SKF_AD_OFF && place < 0) {
    switch (place - SKF_AD_OFF) {
      case SKF_AD_PROTOCOL: return input.ethertype;
      case SKF_AD_PKTTYPE: return input.packet_type;
      case SKF_AD_IFINDEX: return input.interface;
      default: return std::nullopt;
    }
  }
  if (place >= SKF_NET_OFF && place < SKF_AD_OFF) {
    at = static_cast<std::int64_t>(k_link_header_bytes) + place - SKF_NET_OFF;
  } else if (place >= SKF_LL_OFF && place < SKF_NET_OFF) {
    at = place - SKF_LL_OFF;
  }
  const int bytes = width == BPF_W ? 4 : width == BPF_H ? 2 : 1;
  if (at < 0 || at + bytes > static_cast<std::int64_t>(input.frame.size())) return std::nullopt;
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value = value << 8 | static_cast<std::uint32_t>(input.frame[static_cast<std::size_t>(at + i)]);
  }
  return value;
}

std::uint32_t compute(int operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b == 0 ? 0 : a / b;
    case BPF_MOD: return b == 0 ? 0 : a % b;
    case BPF_AND: return a & b;
    case BPF_OR: return a | b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return b > 31 ? 0 : a << b;
    case BPF_RSH: return b > 31 ? 0 : a >> b;
    case BPF_NEG: return 0 - a;
    default: return a;
  }
}

bool holds(int comparison, std::uint32_t a, std::uint32_t b) {
  switch (comparison) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    case BPF_JSET: return (a & b) != 0;
    default: return false;
  }
}

}  // namespace

// Jumps lead forward only, so a program that passes this always comes to an end.
bool BpfProgram::load(std::span<const sock_filter> program) {
  if (program.empty() || program.size() > BPF_MAXINSNS) return false;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const sock_filter& each = program[i];
    const std::size_t left = program.size() - i - 1;
    const bool is_memory = BPF_CLASS(each.code) == BPF_ST || BPF_CLASS(each.code) == BPF_STX;
    if (is_memory && each.k >= BPF_MEMWORDS) return false;
    if (BPF_CLASS(each.code) != BPF_JMP) continue;
    if (BPF_OP(each.code) == BPF_JA ? each.k >= left : each.jt >= left || each.jf >= left) {
      return false;
    }
  }
  if (BPF_CLASS(program.back().code) != BPF_RET) return false;
  program_.assign(program.begin(), program.end());
  return true;
}

std::uint32_t BpfProgram::run(const BpfInput& input) const {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
  for (std::size_t i = 0; i < program_.size(); ++i) {
    const sock_filter& each = program_[i];
    const int code = each.code;
    std::optional<std::uint32_t> loaded = each.k;
    switch (BPF_CLASS(code)) {
      case BPF_RET: return BPF_RVAL(code) == BPF_A ? a : each.k;
      case BPF_LD:
      case BPF_LDX:
        if (BPF_MODE(code) == BPF_ABS) loaded = sim::load(input, each.k, BPF_SIZE(code));
        if (BPF_MODE(code) == BPF_IND) loaded = sim::load(input, each.k + x, BPF_SIZE(code));
        if (BPF_MODE(code) == BPF_MEM) loaded = memory[each.k % BPF_MEMWORDS];
        if (BPF_MODE(code) == BPF_LEN) {
          loaded = static_cast<std::uint32_t>(input.frame.size() - input.begin);
        }
        if (BPF_MODE(code) == BPF_MSH) {
          loaded = sim::load(input, each.k, BPF_B);
          if (loaded) loaded = (*loaded & 15) * 4;
        }
        if (!loaded) return 0;
        (BPF_CLASS(code) == BPF_LD ? a : x) = *loaded;
        break;
      case BPF_ST: memory[each.k] = a; break;
      case BPF_STX: memory[each.k] = x; break;
      case BPF_ALU: a = compute(BPF_OP(code), a, BPF_SRC(code) == BPF_X ? x : each.k); break;
      case BPF_JMP: {
        if (BPF_OP(code) == BPF_JA) {
          i += each.k;
          break;
        }
        const bool yes = holds(BPF_OP(code), a, BPF_SRC(code) == BPF_X ? x : each.k);
        i += yes ? each.jt : each.jf;
        break;
      }
      case BPF_MISC:
        (BPF_MISCOP(code) == BPF_TAX ? x : a) = BPF_MISCOP(code) == BPF_TAX ? a : x;
        break;
      default: return 0;
    }
  }
  return 0;
}

}  // namespace patchbay::sim
