#include "patchbay/tools/scan/run/scan_checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/run/packed_runs.hpp"
#include "patchbay/tools/scan/run/whole_number.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {

namespace {

using Json = nlohmann::json;

constexpr const char* k_type = "part";

// Bytes as they come, and their base64 as it is ready. Ends when it goes.
class Base64Sink {
 public:
  explicit Base64Sink(const TextSink& sink) : sink_(sink) {}
  ~Base64Sink() { sink_(encode_base64(rest_)); }
  Base64Sink(const Base64Sink&) = delete;
  Base64Sink& operator=(const Base64Sink&) = delete;

  void put(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), k_piece))) {
      rest_ += bytes.substr(0, k_piece);
      const std::size_t whole = rest_.size() / 3 * 3;
      sink_(encode_base64(std::string_view(rest_).substr(0, whole)));
      rest_.erase(0, whole);
    }
  }
  // Numbers in the order of little-endian machines, which are all that we run on.
  template <class T>
  void put(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put(as_text(std::as_bytes(values)));
  }

 private:
  static constexpr std::size_t k_piece = 48 * 1024;

  const TextSink& sink_;
  std::string rest_;
};

template <class T>
std::optional<std::vector<T>> unpacked(const Json& text) {
  const auto bytes = decode_base64(text.get_ref<const std::string&>());
  if (!bytes || bytes->size() % sizeof(T) != 0) return std::nullopt;
  std::vector<T> values(bytes->size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

// With two bits for every target the map may be much larger than it is.
void pack_answers(const AnswerMap& map, std::uint64_t targets, Base64Sink& sink) {
  std::array<std::uint64_t, 8192> room;
  const std::uint64_t count = AnswerMap::words_for(targets);
  for (std::uint64_t first = 0; first < count; first += room.size()) {
    const auto words = std::span(room).first(std::min<std::uint64_t>(room.size(), count - first));
    map.read_words(first, words);
    sink.put(pack_runs(as_text(std::as_bytes(words))));
  }
}

constexpr std::size_t k_at_a_time = 4096;

void put_rejections(const AnswerDetails& details, Base64Sink& sink) {
  std::vector<AnswerDetails::Rejection> some;
  details.for_each_rejection([&](const AnswerDetails::Rejection& one) {
    some.push_back(one);
    if (some.size() < k_at_a_time) return;
    sink.put(std::span<const AnswerDetails::Rejection>(some));
    some.clear();
  });
  sink.put(std::span<const AnswerDetails::Rejection>(some));
}

Json plan_json(const ScanPlan& plan) {
  Json hosts = Json::array();
  for (const IpRange& range : plan.hosts.ranges()) hosts.push_back(range.to_string());
  Json ports = Json::array();
  for (const ScanPort& port : plan.ports) {
    ports.push_back({static_cast<int>(port.protocol), port.number});
  }
  return {{"hosts", std::move(hosts)},
          {"ports", std::move(ports)},
          {"likely_ports", plan.likely_ports},
          {"names", plan.names},
          {"method", static_cast<int>(plan.tcp)},
          {"one_answer_is_enough", plan.one_answer_is_enough}};
}

// What a line has, but for what may be long and is not there in one piece. All of it outlives it.
struct Line {
  const ScanPlan& plan;
  CheckpointMark mark;
  ScanRun::Position position;
  std::span<const IpAddress> speakers;
  std::span<const AnswerDetails::Detail> details;
};

using PutBytes = std::function<void(Base64Sink&)>;

void write_member(const TextSink& sink, std::string_view name, const PutBytes& put) {
  sink(",\"" + std::string(name) + "\":\"");
  {
    Base64Sink bytes(sink);
    put(bytes);
  }
  sink("\"");
}

void write_line(const TextSink& sink, const Line& line, const PutBytes& put_answers,
                const PutBytes& put_rejections) {
  Json spoke = Json::array();
  for (const IpAddress& speaker : line.speakers) spoke.push_back(speaker.to_string());
  const ScanRun::Position& position = line.position;
  const Json json = {{"type", k_type},
                     {"plan", plan_json(line.plan)},
                     {"seed", line.mark.seed},
                     {"shard", {line.mark.shard.index, line.mark.shard.count}},
                     {"round", position.round},
                     {"wasted", position.wasted},
                     {"is_whole", position.is_whole},
                     {"steps", {position.likely_steps, position.other_steps}},
                     {"losses", position.losses.all.counts()},
                     {"open_losses", position.losses.open.counts()},
                     {"speakers", std::move(spoke)},
                     {"is_undiscovered", line.mark.is_undiscovered}};
  std::string begin = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  begin.pop_back();  // its last brace: the long members come behind the others
  sink(begin);
  write_member(sink, "answers", put_answers);
  write_member(sink, "details", [&](Base64Sink& into) { into.put(line.details); });
  write_member(sink, "rejections", put_rejections);
  sink("}\n");
}

template <class Enum>
std::optional<Enum> enum_of(const Json& json, Enum last) {
  const auto number = whole<unsigned>(json);
  if (number > static_cast<unsigned>(last)) return std::nullopt;
  return static_cast<Enum>(number);
}

std::optional<ScanPlan> plan_of(const Json& json) {
  std::vector<IpRange> hosts;
  for (const Json& host : json.at("hosts")) {
    const auto range = IpRange::parse(host.get<std::string>());
    if (!range) return std::nullopt;
    hosts.push_back(*range);
  }
  ScanPlan plan{.hosts = IpSet(hosts)};
  for (const Json& port : json.at("ports")) {
    const auto protocol = enum_of(port.at(0), ScanProtocol::neighbour);
    const auto number = whole<std::uint32_t>(port.at(1));
    if (!protocol || number > UINT16_MAX) return std::nullopt;
    plan.ports.push_back({*protocol, static_cast<std::uint16_t>(number)});
  }
  plan.likely_ports = whole<std::size_t>(json.at("likely_ports"));
  json.at("names").get_to(plan.names);
  const auto method = enum_of(json.at("method"), TcpMethod::xmas);
  if (!method || plan.likely_ports > plan.ports.size()) return std::nullopt;
  plan.tcp = *method;
  plan.one_answer_is_enough = json.at("one_answer_is_enough").get<bool>();
  const bool is_small = plan.hosts.size() <= ScanPlan::k_most_targets &&
                        plan.hosts.size() * plan.ports.size() <= ScanPlan::k_most_targets;
  const bool is_any = !plan.hosts.empty() && !plan.ports.empty();
  return is_small && is_any ? std::optional(std::move(plan)) : std::nullopt;
}

bool fits(const ScanCheckpoint& checkpoint) {
  const ScanPlan& plan = checkpoint.plan;
  const std::uint64_t words = AnswerMap::words_for(plan.targets());
  if (unpacked_size(checkpoint.answers) != words * sizeof(std::uint64_t)) return false;
  if (!AnswerDetails::fits(checkpoint.details, plan.host_count(), plan.ports.size())) return false;
  return checkpoint.shard.index < checkpoint.shard.count && checkpoint.position.round >= 1 &&
         checkpoint.position.wasted < checkpoint.position.round;
}

std::optional<LossEstimate> losses_in(const Json& json) {
  std::vector<std::uint64_t> counts;
  for (const Json& count : json) counts.push_back(whole<std::uint64_t>(count));
  return LossEstimate::of_counts(counts);
}

std::optional<ScanCheckpoint> checkpoint_in(const Json& json) {
  auto plan = plan_of(json.at("plan"));
  auto answers = decode_base64(json.at("answers").get_ref<const std::string&>());
  auto details = unpacked<AnswerDetails::Detail>(json.at("details"));
  auto rejections = unpacked<AnswerDetails::Rejection>(json.at("rejections"));
  const auto losses = losses_in(json.at("losses"));
  const auto open_losses = losses_in(json.at("open_losses"));
  if (!plan || !answers || !details || !rejections || !losses || !open_losses) return std::nullopt;
  ScanCheckpoint checkpoint{
      .plan = std::move(*plan),
      .seed = whole<std::uint64_t>(json.at("seed")),
      .shard = {.index = whole<std::uint32_t>(json.at("shard").at(0)),
                .count = whole<std::uint32_t>(json.at("shard").at(1))},
      .position = {.round = whole<unsigned>(json.at("round")),
                   .wasted = whole<unsigned>(json.at("wasted")),
                   .is_whole = json.at("is_whole").get<bool>(),
                   .likely_steps = whole<std::uint64_t>(json.at("steps").at(0)),
                   .other_steps = whole<std::uint64_t>(json.at("steps").at(1)),
                   .losses = {.all = *losses, .open = *open_losses}},
      .answers = std::move(*answers),
      .details = {.details = std::move(*details),
                  .rejections = std::move(*rejections),
                  .speakers = {}},
      .is_undiscovered = json.at("is_undiscovered").get<bool>()};
  for (const Json& speaker : json.at("speakers")) {
    const auto address = IpAddress::parse(speaker.get<std::string>());
    if (!address) return std::nullopt;
    checkpoint.details.speakers.push_back(*address);
  }
  if (!fits(checkpoint)) return std::nullopt;
  return checkpoint;
}

}  // namespace

std::vector<std::uint64_t> ScanCheckpoint::words() const {
  std::vector<std::uint64_t> words(unpacked_size(answers).value_or(0) / sizeof(std::uint64_t));
  unpack_runs(answers, std::as_writable_bytes(std::span(words)));
  return words;
}

void ScanCheckpoint::write(const TextSink& sink) const {
  write_line(
      sink,
      {.plan = plan,
       .mark = {.seed = seed, .shard = shard, .is_undiscovered = is_undiscovered},
       .position = position,
       .speakers = details.speakers,
       .details = details.details},
      [this](Base64Sink& into) { into.put(answers); },
      [this](Base64Sink& into) { into.put(std::span(details.rejections)); });
}

void write_checkpoint(const ScanRun& run, const CheckpointMark& mark, const TextSink& sink) {
  const ScanFindings& findings = run.findings();
  const AnswerDetails& details = findings.details();
  write_line(
      sink,
      {.plan = run.plan(),
       .mark = mark,
       .position = run.position(),
       .speakers = details.speakers(),
       .details = details.details()},
      [&](Base64Sink& into) { pack_answers(findings.map(), run.plan().targets(), into); },
      [&](Base64Sink& into) { put_rejections(details, into); });
}

std::optional<ScanCheckpoint> ScanCheckpoint::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("type", Json()) != Json(k_type)) return std::nullopt;
  try {
    return checkpoint_in(json);
  } catch (const Json::exception&) {  // a member that is not there, or of another type
    return std::nullopt;
  }
}

}  // namespace patchbay
