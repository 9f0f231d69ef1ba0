#include "patchbay/tools/scan/service/answers_everything.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/service/service_dial.hpp"
#include "patchbay/tools/scan/service/service_table.hpp"
#include "patchbay/tools/scan/work_through.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_samples = 8;
constexpr std::size_t k_canaries = 3;
// A canary that is there answers as quickly as other ports did.
constexpr int k_round_trips = 8;
constexpr Duration k_least_patience = 500ms;

struct Inquiry {
  const Suspect& suspect;
  const ServiceOptions& options;
  Duration patience{};  // for a connection
  std::size_t open = 0;
  std::size_t silent = 0;
  std::size_t heard = 0;
};

Task<Result<TcpStream>> dial(const Inquiry& inquiry, std::uint16_t port) {
  co_return co_await dial_service(inquiry.options, Endpoint(inquiry.suspect.address, port),
                                  Deadline::after(inquiry.patience));
}

Task<> look_at(Inquiry& inquiry, std::uint16_t port) {
  if (co_await dial(inquiry, port)) ++inquiry.open;
}

// Whether it says anything at all, asked or not.
Task<> listen_to(Inquiry& inquiry, std::uint16_t port) {
  auto stream = co_await dial(inquiry, port);
  if (!stream) co_return;
  const Deadline by = Deadline::after(inquiry.options.patience);
  // One piece of it: the lease goes back at once.
  auto first = co_await stream->receive(Deadline::after(inquiry.options.greeting).or_earlier(by));
  if (!first && first.error().fault() == Fault::timed_out) {
    const std::string places = Endpoint(inquiry.suspect.address, port).to_string();
    [[maybe_unused]] const auto sent = co_await stream->write_all(
        probe_bytes(*service_probe("http"), {.host = places, .name = places}), by);
    first = co_await stream->receive(by);
  }
  if (!first && first.error().fault() == Fault::cancelled) co_return;
  ++(first && !first->empty() ? inquiry.heard : inquiry.silent);
}

using Look = Task<> (*)(Inquiry&, std::uint16_t);

Task<> ask_each(TaskGroup& group, Inquiry& inquiry, const std::vector<std::uint16_t>& ports,
                Look look) {
  for (const std::uint16_t port : ports) group.spawn(look, std::ref(inquiry), port);
  co_return;
}

// Some of them, each as likely as any other.
std::vector<std::uint16_t> some_of(std::vector<std::uint16_t> ports, std::size_t count) {
  count = std::min(count, ports.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(ports[i], ports[i + Loop::current().random_bits() % (ports.size() - i)]);
  }
  ports.resize(count);
  return ports;
}

struct Search {
  const std::vector<Suspect>& suspects;
  const ServiceOptions& options;
  std::vector<IpAddress> found = {};
};

Task<> look_into(Search& search, std::size_t index) {
  const Suspect& one = search.suspects[index];
  if (co_await answers_everything(one, search.options)) search.found.push_back(one.address);
}

}  // namespace

std::optional<Suspect> suspect_of(const IpAddress& address, std::vector<std::uint16_t> open,
                                  std::size_t asked, std::span<const std::uint16_t> unasked,
                                  const ServiceOptions& options) {
  const std::size_t count = open.size();
  const bool is_suspicious = count > k_many_open_ports || (count == asked && count > k_few_ports);
  const bool needs_canaries = count <= k_suspicious_open_ports;
  if (!is_suspicious || (needs_canaries && unasked.size() < k_canaries)) return std::nullopt;
  std::erase_if(open, [&options](std::uint16_t port) {
    return !options.allow_ot && is_left_alone(port);  // nobody talks to these only to make sure
  });
  Suspect made{.address = address, .samples = some_of(std::move(open), k_samples)};
  if (needs_canaries) made.canaries = some_of({unasked.begin(), unasked.end()}, k_canaries);
  return made;
}

Task<bool> answers_everything(Suspect suspect, ServiceOptions options) {
  Inquiry inquiry{.suspect = suspect, .options = options, .patience = options.patience};
  if (suspect.round_trip) {
    const Duration enough = std::max(k_round_trips * *suspect.round_trip, k_least_patience);
    inquiry.patience = std::min(enough, options.patience);
  }
  co_await with_group(ask_each, std::ref(inquiry), std::cref(suspect.canaries), look_at);
  if (inquiry.open < suspect.canaries.size()) co_return false;
  inquiry.patience = options.patience;
  std::vector<std::uint16_t> ports = suspect.samples;
  ports.insert(ports.end(), suspect.canaries.begin(), suspect.canaries.end());
  co_await with_group(ask_each, std::ref(inquiry), std::cref(ports), listen_to);
  co_return inquiry.silent > 0 && inquiry.heard == 0;
}

Task<std::vector<IpAddress>> find_answer_machines(const std::vector<Suspect>& suspects,
                                                  const ServiceOptions& options) {
  Search search{.suspects = suspects, .options = options};
  co_await work_through(suspects.size(), options.at_once / k_samples,
                        [&search](std::size_t index) { return look_into(search, index); });
  co_return std::move(search.found);
}

}  // namespace patchbay
