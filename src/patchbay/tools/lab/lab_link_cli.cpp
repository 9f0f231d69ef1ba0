#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/lab/impairment_flags.hpp"
#include "patchbay/tools/lab/lab_cli.hpp"
#include "patchbay/tools/lab/lab_link.hpp"
#include "patchbay/tools/lab/lab_report.hpp"
#include "patchbay/tools/lab/lab_state.hpp"
#include "patchbay/tools/lab/link_network.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

struct LinkFlags {
  std::string left;
  std::string right;
  Impairment impairment;
  bool one_way = false;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> network;
  std::optional<std::string> network6;
  int mtu_bytes = 1500;
};

// What the flags come to: both namespaces, and the network that a user asked for.
struct LinkPlan {
  NetworkNamespace left;
  NetworkNamespace right;
  std::optional<LinkNetwork> network;
};

using PlanOrCode = std::expected<LinkPlan, int>;

Failure explain_namespace(const Error& error, const std::string& which) {
  Failure failure(error);
  failure.what = fmt::format("cannot open the network namespace '{}'", escape_terminal(which));
  if (error.fault() != Fault::unreachable) return failure;
  const auto names = namespace_names();
  failure.why = "there is no such namespace";
  if (!names.empty()) {
    failure.why += "; there are:";
    for (const std::string& name : names) failure.why += " " + escape_terminal(name);
  }
  const bool can_be_made = which.find('/') == std::string::npos && !which.empty() && which != "." &&
                           which != ".." && which.size() <= NAME_MAX;
  failure.remedy = can_be_made ? fmt::format(
                                     "make it with: sudo ip netns add {}; or give the id "
                                     "of a process that is in one",
                                     escape_terminal(which))
                               : "see them with: ip netns list";
  return failure;
}

std::expected<std::optional<LinkNetwork>, Failure> network_of(const LinkFlags& flags) {
  std::optional<LinkNetwork> both;
  for (const auto& [text, family] :
       {std::pair(flags.network, Family::v4), std::pair(flags.network6, Family::v6)}) {
    if (!text) continue;
    const auto parsed = parse_network(*text);
    if (!parsed) return std::unexpected(Failure(parsed.error()));
    if (parsed->left[0].address.family() != family) {
      return std::unexpected(
          Failure(fmt::format("cannot use the network {}", escape_terminal(*text)),
                  family == Family::v4 ? "it is one of IPv6" : "it is one of IPv4",
                  family == Family::v4 ? "give it to --network6" : "give it to --network"));
    }
    if (!both) both.emplace();
    both->left.push_back(parsed->left[0]);
    both->right.push_back(parsed->right[0]);
  }
  return both;
}

PlanOrCode plan_of(const LinkFlags& flags, Output& out) {
  const auto fits = check(flags.impairment);
  if (!fits) return std::unexpected(out.fail(Failure(fits.error()), exit_usage));
  auto network = network_of(flags);
  if (!network) return std::unexpected(out.fail(network.error(), exit_usage));
  if (flags.network6 && flags.mtu_bytes < k_least_mtu_of_v6) {
    return std::unexpected(out.fail(
        Failure("cannot give --network6 to this link", "IPv6 needs an --mtu of 1280 or more",
                "raise --mtu, or leave --network6 out"),
        exit_usage));
  }
  auto left = NetworkNamespace::open(flags.left);
  if (!left) {
    return std::unexpected(
        out.fail(explain_namespace(left.error(), flags.left), exit_code_of(left.error())));
  }
  auto right = NetworkNamespace::open(flags.right);
  if (!right) {
    return std::unexpected(
        out.fail(explain_namespace(right.error(), flags.right), exit_code_of(right.error())));
  }
  if (*left == *right) {
    return std::unexpected(
        out.fail(Failure("cannot link a namespace to itself",
                         "packets between two addresses of one host never leave it",
                         "name two different namespaces; see them with: ip netns list"),
                 exit_usage));
  }
  return LinkPlan{std::move(*left), std::move(*right), std::move(*network)};
}

Failure explain_collision(const std::string& where, const InterfaceAddress& taken) {
  return {fmt::format("cannot give this network to the link"),
          fmt::format("{} has the address {}/{} already", escape_terminal(where),
                      taken.address.to_string(), taken.prefix_length),
          "choose another with --network and --network6, or leave the choice to patchbay"};
}

// The ends with their addresses, or the code to exit with.
std::expected<std::pair<LabLinkEnd, LabLinkEnd>, int> choose_ends(const LinkFlags& flags,
                                                                  const LinkPlan& plan,
                                                                  Output& out) {
  const auto left = interfaces_of(plan.left);
  if (!left) return std::unexpected(out.fail(left.error()));
  const auto right = interfaces_of(plan.right);
  if (!right) return std::unexpected(out.fail(right.error()));
  if (plan.network) {
    if (const auto taken = in_the_way(*plan.network, *left)) {
      return std::unexpected(out.fail(explain_collision(flags.left, *taken)));
    }
    if (const auto taken = in_the_way(*plan.network, *right)) {
      return std::unexpected(out.fail(explain_collision(flags.right, *taken)));
    }
  }
  const auto number = plan.network ? std::optional(0U) : free_number(*left, *right);
  if (!number) {
    return std::unexpected(
        out.fail(Failure("cannot find addresses for the link",
                         "all networks of 198.18.0.0/15 are in use in these two namespaces",
                         "name a network: --network 192.0.2.0/30"),
                 exit_failed));
  }
  const LinkNetwork network =
      plan.network ? *plan.network : fitting(link_network(*number), flags.mtu_bytes);
  return std::pair(LabLinkEnd{plan.left, free_device(*left), network.left},
                   LabLinkEnd{plan.right, free_device(*right), network.right});
}

void tell_link(const LinkFlags& flags, const LabLink& link, std::uint64_t seed, Output& out) {
  print_end(out, {flags.left, link.left_device(), link.left_addresses()});
  print_end(out, {flags.right, link.right_device(), link.right_addresses()});
  for (const auto& [name, addresses] : {std::pair(flags.left, link.left_addresses()),
                                        std::pair(flags.right, link.right_addresses())}) {
    const bool has_v6 = std::ranges::any_of(
        addresses, [](const InterfaceAddress& one) { return one.address.is_v6(); });
    const bool was_wanted = flags.network6 || !flags.network;
    if (has_v6 || !was_wanted || flags.mtu_bytes < k_least_mtu_of_v6) continue;
    out.warn(fmt::format("{} has IPv6 turned off, and no address of it", escape_terminal(name)));
  }
  out.emit(to_record(flags.impairment).flag("one_way", flags.one_way).count("seed", seed));
  out.note(fmt::format("{}: {} (--seed {} repeats it)",
                       flags.one_way
                           ? escape_terminal(flags.left) + " → " + escape_terminal(flags.right)
                           : "each way",
                       describe(flags.impairment), seed));
  if (flags.left.find('/') == std::string::npos) {
    out.note(fmt::format("try: sudo ip netns exec {} ping {}   Ctrl-C here removes the link",
                         escape_terminal(flags.left),
                         link.right_addresses()[0].address.to_string()));
  }
}

Task<int> work(const LinkFlags& flags, const LinkPlan& plan, Output& out) {
  const std::uint64_t seed = flags.seed.value_or(Loop::current().random_bits() >> 32);
  std::unique_ptr<LabLink> link;
  {
    const auto lock = LabLock::take(lab_folder());
    if (!lock) co_return out.fail(lock.error());
    const auto ends = choose_ends(flags, plan, out);
    if (!ends) co_return ends.error();
    auto opened = LabLink::open(ends->first, ends->second,
                                {.there = flags.impairment,
                                 .back = flags.one_way ? Impairment{} : flags.impairment,
                                 .seed = seed,
                                 .mtu_bytes = flags.mtu_bytes});
    if (!opened) co_return out.fail(opened.error());
    link = std::move(*opened);
    tell_link(flags, *link, seed, out);
  }
  const auto ended = co_await link->run();
  print_carried(out, flags.left, flags.right, link->there(), link->missed_there());
  print_carried(out, flags.right, flags.left, link->back(), link->missed_back());
  if (ended || ended.error().fault() == Fault::cancelled) co_return exit_ok;
  co_return out.fail(
      Failure("the link has ended", "one of its devices is gone, or its namespace is",
              "start it again when both namespaces are there: ip netns list"),
      exit_failed);
}

int run_link(const LinkFlags& flags, Output& out) {
  const auto plan = plan_of(flags, out);
  if (!plan) return plan.error();
  return run_tool(work(flags, *plan, out), out, relay_loop_options());
}

}  // namespace

void declare_lab_link(Command& lab) {
  auto [link, o] = lab.add("link", "join two namespaces by a bad link", run_link);
  link.argument("NS1", text(o.left), "a namespace: its name, the id of a process in it, or a path");
  link.argument("NS2", text(o.right), "the namespace at the other end");
  declare_impairment(link, o.impairment);
  link.flag("--one-way", toggle(o.one_way), "impair only what NS1 sends to NS2");
  link.section("Setting up");
  link.flag("--seed N", count(o.seed), "repeats the chances of an earlier run");
  link.flag("--network NET", text(o.network), "IPv4 addresses, as in 192.0.2.0/30").not_a_setting();
  link.flag("--network6 NET", text(o.network6), "IPv6 addresses, as in fd00:1::/64")
      .not_a_setting();
  link.flag("--mtu BYTES", count(o.mtu_bytes, 68, 65'535), "the longest packet");
  link.example("sudo patchbay lab link left right --delay 50ms --loss 1%",
               "a link over half a continent");
  link.example("sudo ip netns add left; sudo ip netns add right", "two hosts, if there are none");
  link.example("sudo ip netns exec left ping 198.18.0.2", "meanwhile, in another terminal");
  link.example("sudo patchbay lab link left right --rate 8Mbit/s --queue 50 --one-way",
               "a home's uplink");
  link.example("sudo patchbay lab link left 4711 --loss 2% --loss-burst 20",
               "to the namespace of process 4711");
  link.describe(
      "Gives each namespace a TUN device with an address of 198.18.0.0/15 (RFC 2544) and one of "
      "fd70:6174:6368::/48 (RFC 4193), prints them, and carries packets between the two until it "
      "is interrupted. Nothing else in the namespaces is touched, and nothing is left.\n\n"
      "--delay and everything else is one way, and applies to each way: a ping through 50ms takes "
      "100 ms. Packets arrive within a millisecond of when they should. --jitter keeps their "
      "order; --reorder is what changes it. --rate counts whole IP packets. Losses, duplicates "
      "and the rest are drawn from --seed, and each kind by itself: the same packets are lost "
      "with and without jitter.\n\n"
      "Needs CAP_NET_ADMIN and CAP_SYS_ADMIN over both namespaces, and /dev/net/tun.");
  link.see_also("ip-netns(8)");
}

}  // namespace patchbay
