#include "patchbay/tools/scan/run/scan_checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cstring>
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

// Numbers in the order of little-endian machines, which are all that we run on.
template <class T>
std::string packed(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return encode_base64(bytes);
}

template <class T>
std::optional<std::vector<T>> unpacked(const Json& text) {
  const auto bytes = decode_base64(text.get_ref<const std::string&>());
  if (!bytes || bytes->size() % sizeof(T) != 0) return std::nullopt;
  std::vector<T> values(bytes->size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

// In pieces: with two bits for every target the map may be much larger than it is.
std::string packed_answers(const AnswerMap& map, std::uint64_t targets) {
  std::string packed;
  std::array<std::uint64_t, 8192> room;
  const std::uint64_t count = AnswerMap::words_for(targets);
  for (std::uint64_t first = 0; first < count; first += room.size()) {
    const auto words = std::span(room).first(std::min<std::uint64_t>(room.size(), count - first));
    map.read_words(first, words);
    packed += pack_runs(as_text(std::as_bytes(words)));
  }
  return packed;
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

std::string ScanCheckpoint::to_text() const {
  Json spoke = Json::array();
  for (const IpAddress& speaker : details.speakers) spoke.push_back(speaker.to_string());
  const Json json = {{"type", k_type},
                     {"plan", plan_json(plan)},
                     {"seed", seed},
                     {"shard", {shard.index, shard.count}},
                     {"round", position.round},
                     {"wasted", position.wasted},
                     {"is_whole", position.is_whole},
                     {"steps", {position.likely_steps, position.other_steps}},
                     {"losses", position.losses.all.counts()},
                     {"open_losses", position.losses.open.counts()},
                     {"answers", encode_base64(answers)},
                     {"details", packed(details.details)},
                     {"rejections", packed(details.rejections)},
                     {"speakers", std::move(spoke)},
                     {"is_undiscovered", is_undiscovered}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
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

ScanCheckpoint checkpoint_of(const ScanRun& run, std::uint64_t seed, const ScanShard& shard) {
  return {.plan = run.plan(),
          .seed = seed,
          .shard = shard,
          .position = run.position(),
          .answers = packed_answers(run.findings().map(), run.plan().targets()),
          .details = run.findings().details().saved(),
          .is_undiscovered = false};
}

}  // namespace patchbay
