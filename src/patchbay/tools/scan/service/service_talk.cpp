#include "patchbay/tools/scan/service/service_talk.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/service/http_title.hpp"
#include "patchbay/tools/scan/service/service_dial.hpp"
#include "patchbay/tools/scan/service/service_order.hpp"

namespace patchbay {

namespace {

constexpr Duration k_most_step = 2s;  // also to the far side of the moon
constexpr Duration k_between_shortages = 50ms;
constexpr unsigned k_most_follow_ups = 3;
constexpr std::size_t k_most_looked_at = 4 * 1024 * 1024;  // bytes of one answer, again and again
// A port that hangs up on whoever comes gets only the likely probes.
constexpr std::size_t k_probes_of_closing = 3;
// Then one connection is left for a late greeting: some take a quarter of a second, and are put off
// by whatever they hear before.
constexpr std::ptrdiff_t k_probes_before_listening = 2;

// This host ran out of something, which says nothing of the port.
bool is_shortage(const Error& error) {
  return error.fault() == Fault::limit || error.code() == EADDRNOTAVAIL;
}

}  // namespace

ServiceTalk::ServiceTalk(ServiceTools& tools, const ServiceTarget& target, bool inside_tls,
                         Deadline by)
    : tools_(tools),
      target_(target),
      inside_tls_(inside_tls),
      by_(by),
      round_trip_(target.round_trip.value_or(Duration::zero())) {}

std::optional<ServiceFinding> ServiceTalk::finding() const {
  std::optional<ServiceFinding> found = finding_;
  if (found && found->service.empty() && found->info.empty()) found.reset();
  if (!found && !line_.empty()) found = ServiceFinding{.info = line_};
  if (!tls_info_) return found;
  if (!found) found.emplace();
  if (found->service.empty()) found->service = "tls";
  found->tls = true;
  found->certificate = certificate_of(*tls_info_);
  return found;
}

Duration ServiceTalk::at_least(Duration least) const {
  return std::max(least, std::min(3 * round_trip_, k_most_step));
}

bool ServiceTalk::is_over() const {
  return known_ || cancelled_ || Loop::current().now() >= by_.at();
}

ProbePlaces ServiceTalk::places() const {
  const std::string name = target_.name.empty() ? target_.address.to_string() : target_.name;
  const std::uint16_t usual = inside_tls_ ? 443 : 80;
  const bool bracketed = name.find(':') != name.npos;
  std::string host = bracketed ? "[" + name + "]" : name;
  if (target_.port.number != usual) host += ":" + std::to_string(target_.port.number);
  return {.host = std::move(host), .name = name};
}

// --- connections ---------------------------------------------------------------------------------

Task<Result<TcpStream>> ServiceTalk::dial() {
  const Endpoint endpoint(target_.address, target_.port.number);
  for (;;) {
    const Instant began = Loop::current().now();
    auto stream = co_await dial_service(tools_.options, endpoint,
                                        Deadline::after(tools_.options.patience).or_earlier(by_));
    if (stream) {
      connected_ = true;
      round_trip_ = std::max(round_trip_, Loop::current().now() - began);
      co_return stream;
    }
    if (!is_shortage(stream.error())) co_return stream;
    const auto slept = co_await sleep_for(k_between_shortages);
    if (!slept) co_return slept.error();
    if (Loop::current().now() >= by_.at()) co_return stream;
  }
}

Task<Result<Stream>> ServiceTalk::open(ServiceAlpn alpn) {
  auto stream = co_await dial();
  if (!stream) co_return stream.error();
  if (!inside_tls_) co_return std::move(*stream);
  const Deadline by = Deadline::after(tools_.options.patience).or_earlier(by_);
  auto session = co_await tools_.tls.connect(std::move(*stream), target_.name, alpn, by);
  if (!session) co_return session.error();
  if (!tls_info_) tls_info_ = session->info();
  co_return std::move(*session);
}

// The first connection. Inside TLS it offers what the web speaks; whom that does not suit gets no
// offer.
Task<Result<Stream>> ServiceTalk::open_first() {
  if (!inside_tls_) co_return co_await open(ServiceAlpn::none);
  auto stream = co_await open(ServiceAlpn::web);
  if (!stream && stream.error().fault() == Fault::protocol) {
    stream = co_await open(ServiceAlpn::none);
  }
  if (!stream && connected_) {
    finding_ = ServiceFinding{.service = "tls", .info = stream.error().why(), .tls = true};
  }
  co_return stream;
}

// --- hearing -------------------------------------------------------------------------------------

// To a verdict, the peer's end, a limit, or the end of our patience. `heard`: what came before.
Task<ServiceTalk::Heard> ServiceTalk::hear(Stream& stream, const ServiceProbe* asked,
                                           std::string_view sent, Duration patience, Heard heard) {
  std::size_t looked_at = 0;
  const Deadline until = Deadline::after(patience).or_earlier(by_);
  for (;;) {
    const auto piece = co_await stream.receive(until);
    if (piece) heard.bytes += piece->text().substr(0, k_most_page_bytes - heard.bytes.size());
    heard.ended = piece ? piece->empty() : piece.error().fault() == Fault::closed;
    if (!piece && piece.error().fault() == Fault::cancelled) cancelled_ = true;
    const bool last = !piece || piece->empty();
    const std::size_t size = heard.bytes.size();
    if (!last && is_http_answer(heard.bytes)) {
      // An answer is read from its beginning each time, which whoever sends it byte by byte could
      // make us do too often.
      looked_at += size;
      if (looked_at > k_most_looked_at || !is_whole_http_answer(heard.bytes)) continue;
    }
    heard.verdict = tools_.matcher.match(asked, sent, heard.bytes);
    if (heard.verdict) describe_http(heard.bytes, heard.verdict->finding);
    if (last || heard.verdict || size >= ServiceMatcher::k_most_bytes) co_return heard;
  }
}

Task<ServiceTalk::Heard> ServiceTalk::hear_greeting(Stream& stream) {
  Heard heard = co_await hear(stream, nullptr, {}, at_least(tools_.options.greeting), {});
  if (heard.bytes.empty() || heard.verdict || heard.ended || cancelled_) co_return heard;
  // It has begun to speak: that is worth waiting for the end of its sentence.
  co_return co_await hear(stream, nullptr, {}, tools_.options.patience, std::move(heard));
}

void ServiceTalk::consider(const ServiceProbe* asked, const Heard& heard) {
  // Once there is something to follow, only that counts.
  if (known_ || (following_ != nullptr && asked != following_)) return;
  if (line_.empty()) line_ = readable_line(heard.bytes);
  if (!heard.verdict) return;
  const ServiceVerdict& verdict = *heard.verdict;
  const bool is_better = !finding_ || !verdict.finding.service.empty();
  if (is_better) finding_ = verdict.finding;
  const bool is_tls = verdict.finding.service == "tls" || verdict.then == service_probe("tls");
  if (is_tls && !inside_tls_) {
    wants_tls_ = true;
  } else if (is_tls || verdict.then == nullptr) {
    known_ = true;
  } else {
    next_ = verdict.then;
  }
}

// --- asking --------------------------------------------------------------------------------------

Task<> ServiceTalk::ask(const ServiceProbe* probe, std::optional<Stream> stream) {
  ++asking_;
  const bool is_web = probe != nullptr && probe->service == "http";
  if (!stream) {
    auto opened = co_await open(is_web ? ServiceAlpn::http1 : ServiceAlpn::none);
    if (opened) stream.emplace(std::move(*opened));
  }
  if (stream) {
    const std::string bytes = probe == nullptr ? "" : probe_bytes(*probe, places());
    const Deadline by = Deadline::after(tools_.options.patience).or_earlier(by_);
    // Whoever does not take it may still say why.
    [[maybe_unused]] const auto sent = co_await stream->write_all(bytes, by);
    // Only a web server thinks for long.
    const Duration patience = is_web ? tools_.options.web_patience : tools_.options.patience;
    const Heard heard = co_await hear(*stream, probe, bytes, patience, {});
    consider(probe, heard);
  }
  --asking_;
  answered_.set();
}

// Until a probe has come to its end, or it is time for the next one. False: the talk is over.
Task<bool> ServiceTalk::step() {
  const auto waited =
      co_await answered_.wait(Deadline::after(at_least(tools_.options.step)).or_earlier(by_));
  answered_.reset();
  if (!waited && waited.error().fault() == Fault::cancelled) cancelled_ = true;
  co_return !is_over();
}

Task<> ServiceTalk::ask_all(TaskGroup& group, std::optional<Stream> stream) {
  auto order = probes_in_order(target_.port.number, inside_tls_, tools_.options);
  if (closes_at_once_) {
    order.resize(std::min(order.size(), k_probes_of_closing));
  } else {
    order.insert(
        order.begin() + std::min<std::ptrdiff_t>(std::ssize(order), k_probes_before_listening),
        nullptr);
  }
  for (const ServiceProbe* const probe : order) {
    group.spawn(&ServiceTalk::ask, this, probe, std::exchange(stream, std::nullopt));
    if (!co_await step() || knows_enough()) co_return;
  }
  while (asking_ > 0 && !knows_enough()) {
    if (!co_await step()) co_return;
  }
}

// What the answers have led to, one question after the other.
Task<> ServiceTalk::follow(std::optional<Stream> stream) {
  for (unsigned hops = 0; next_ != nullptr && hops < k_most_follow_ups && !is_over(); ++hops) {
    following_ = std::exchange(next_, nullptr);
    co_await ask(following_, std::exchange(stream, std::nullopt));
  }
}

Task<> ServiceTalk::talk(TaskGroup& group, ServiceTalk& self) {
  auto opened = co_await self.open_first();
  if (!opened) co_return;
  std::optional<Stream> stream(std::move(*opened));
  const std::string alpn = self.tls_info_ ? self.tls_info_->alpn : "";
  if (alpn == "h2") {  // the web for certain; what it serves is asked for in words we have
    self.finding_ = ServiceFinding{.service = "http", .info = "HTTP/2"};
    stream.reset();
    self.next_ = service_probe("http");
  } else if (alpn == "http/1.1") {
    self.next_ = service_probe("http");
  } else {
    const Heard greeting = co_await self.hear_greeting(*stream);
    self.consider(nullptr, greeting);
    if (greeting.ended) stream.reset();
    self.closes_at_once_ = greeting.ended;
    const bool silent = greeting.bytes.empty();
    if (silent && !self.is_over()) co_await self.ask_all(group, std::exchange(stream, {}));
  }
  co_await self.follow(std::move(stream));
  group.cancel();
}

Task<> ServiceTalk::run() { co_await with_group(talk, std::ref(*this)); }

}  // namespace patchbay
