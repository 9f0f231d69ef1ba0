#include "patchbay/tools/scan/probe/answer_filter.hpp"

#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>

namespace patchbay {

namespace {

// Where the kernel finds things whatever stands before them (linux/filter.h).
constexpr auto k_ethertype = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
constexpr auto k_interface = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_IFINDEX);
constexpr auto k_network = static_cast<std::uint32_t>(SKF_NET_OFF);

constexpr std::uint32_t k_ip_protocol = k_network + 9;  // RFC 791 3.1
constexpr std::uint32_t k_ip_fragment = k_network + 6;
constexpr std::uint32_t k_ip6_next_header = k_network + 6;  // RFC 8200 3
constexpr std::uint32_t k_behind_ip6 = k_network + 40;
constexpr std::uint32_t k_fragment_offset_mask = 0x1fff;

constexpr int k_load_word = BPF_LD | BPF_W | BPF_ABS;
constexpr int k_load_half = BPF_LD | BPF_H | BPF_ABS;
constexpr int k_load_byte = BPF_LD | BPF_B | BPF_ABS;
constexpr int k_load_half_at_x = BPF_LD | BPF_H | BPF_IND;
constexpr int k_load_byte_at_x = BPF_LD | BPF_B | BPF_IND;
constexpr int k_if_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr int k_if_at_least = BPF_JMP | BPF_JGE | BPF_K;
constexpr int k_if_above = BPF_JMP | BPF_JGT | BPF_K;
constexpr int k_if_any_bit = BPF_JMP | BPF_JSET | BPF_K;

enum class Label : std::uint8_t {
  next,  // the instruction behind
  right_interface,
  ip,
  ip_ports,
  icmp,
  ip6,
  ip6_ports,
  icmp6,
  ports,
  pass,
  drop,
};

// Jumps by name, forward only; their distances are put in at the end.
class Program {
 public:
  void load(int code, std::uint32_t at) { put(code, at, Label::next, Label::next); }
  void jump_if(int code, std::uint32_t value, Label yes, Label no = Label::next) {
    put(code, value, yes, no);
  }
  void jump(Label to) { put(k_if_equal, 0, to, to); }  // whatever is loaded
  void place(Label label) { places_[static_cast<std::size_t>(label)] = code_.size(); }
  void end(std::uint32_t kept) { put(BPF_RET | BPF_K, kept, Label::next, Label::next); }

  std::vector<sock_filter> finish() {
    for (std::size_t i = 0; i < code_.size(); ++i) {
      code_[i].jt = distance(i, targets_[i].yes);
      code_[i].jf = distance(i, targets_[i].no);
    }
    return code_;
  }

 private:
  struct Targets {
    Label yes;
    Label no;
  };

  void put(int code, std::uint32_t value, Label yes, Label no) {
    code_.push_back({static_cast<std::uint16_t>(code), 0, 0, value});
    targets_.push_back({yes, no});
  }
  std::uint8_t distance(std::size_t from, Label to) const {
    if (to == Label::next) return 0;
    return static_cast<std::uint8_t>(places_[static_cast<std::size_t>(to)] - from - 1);
  }

  std::vector<sock_filter> code_;
  std::vector<Targets> targets_;
  std::array<std::size_t, static_cast<std::size_t>(Label::drop) + 1> places_{};
};

// X becomes the length of IPv4's header, which is in words of four bytes.
void measure_ip_header(Program& program) {
  program.load(k_load_byte, k_network);
  program.load(BPF_ALU | BPF_AND | BPF_K, 0x0f);
  program.load(BPF_ALU | BPF_LSH | BPF_K, 2);
  program.load(BPF_MISC | BPF_TAX, 0);
}

void put_ip(Program& program) {
  program.place(Label::ip);
  program.load(k_load_half, k_ip_fragment);
  program.jump_if(k_if_any_bit, k_fragment_offset_mask, Label::drop);
  program.load(k_load_byte, k_ip_protocol);
  program.jump_if(k_if_equal, IPPROTO_TCP, Label::ip_ports);
  program.jump_if(k_if_equal, IPPROTO_UDP, Label::ip_ports);
  program.jump_if(k_if_equal, IPPROTO_ICMP, Label::icmp, Label::drop);
  program.place(Label::icmp);
  measure_ip_header(program);
  program.load(k_load_byte_at_x, k_network);
  program.jump_if(k_if_equal, ICMP_ECHOREPLY, Label::pass);
  program.jump_if(k_if_equal, ICMP_DEST_UNREACH, Label::pass);
  program.jump_if(k_if_equal, ICMP_TIME_EXCEEDED, Label::pass);
  program.jump_if(k_if_equal, ICMP_PARAMETERPROB, Label::pass, Label::drop);
  program.place(Label::ip_ports);
  measure_ip_header(program);
  program.load(k_load_half_at_x, k_network + 2);  // the destination port
  program.jump(Label::ports);
}

void put_ip6(Program& program) {
  program.place(Label::ip6);
  program.load(k_load_byte, k_ip6_next_header);
  program.jump_if(k_if_equal, IPPROTO_TCP, Label::ip6_ports);
  program.jump_if(k_if_equal, IPPROTO_UDP, Label::ip6_ports);
  program.jump_if(k_if_equal, IPPROTO_ICMPV6, Label::icmp6);
  program.jump_if(k_if_equal, IPPROTO_HOPOPTS, Label::pass);
  program.jump_if(k_if_equal, IPPROTO_ROUTING, Label::pass);
  program.jump_if(k_if_equal, IPPROTO_FRAGMENT, Label::pass);
  program.jump_if(k_if_equal, IPPROTO_DSTOPTS, Label::pass, Label::drop);
  program.place(Label::icmp6);
  program.load(k_load_byte, k_behind_ip6);
  program.jump_if(k_if_equal, ND_NEIGHBOR_ADVERT, Label::pass);
  program.jump_if(k_if_equal, ICMP6_ECHO_REPLY, Label::pass);
  program.jump_if(k_if_at_least, ICMP6_INFOMSG_MASK, Label::drop, Label::pass);
  program.place(Label::ip6_ports);
  program.load(k_load_half, k_behind_ip6 + 2);
}

}  // namespace

std::vector<sock_filter> answer_filter(const AnswerFilterOptions& options) {
  Program program;
  if (!options.interfaces.empty()) {
    program.load(k_load_word, k_interface);
    for (const std::uint32_t each : options.interfaces) {
      program.jump_if(k_if_equal, each, Label::right_interface);
    }
    program.end(0);  // nearer than the other end, which a long list is too far from
    program.place(Label::right_interface);
  }
  program.load(k_load_half, k_ethertype);
  program.jump_if(k_if_equal, ETH_P_IP, Label::ip);
  program.jump_if(k_if_equal, ETH_P_IPV6, Label::ip6);
  program.jump_if(k_if_equal, ETH_P_ARP, Label::pass, Label::drop);
  put_ip(program);
  put_ip6(program);
  program.place(Label::ports);
  program.jump_if(k_if_at_least, options.first_port, Label::next, Label::drop);
  program.jump_if(k_if_above, options.last_port, Label::drop);
  program.place(Label::pass);
  program.end(k_most_answer_bytes);
  program.place(Label::drop);
  program.end(0);
  return program.finish();
}

}  // namespace patchbay
