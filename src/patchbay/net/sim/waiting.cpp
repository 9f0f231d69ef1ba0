#include "patchbay/net/sim/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "Task<> patchbay::(anonymous namespace)::serve(TcpListener &)" becomes "serve".
std::string_view short_name(std::string_view function) {
  constexpr std::string_view unnamed = "(anonymous namespace)";
  std::size_t end = function.find('(');
  while (end != function.npos && function.substr(end).starts_with(unnamed)) {
    end = function.find('(', end + 1);
  }
  const std::string_view head = function.substr(0, end);
  const std::size_t begin = head.find_last_of(": *&>");
  return begin == head.npos ? head : head.substr(begin + 1);
}

// The task in which a host runs what it was given: no part of the program.
bool is_of_the_host(const TaskTrace& task) {
  return std::string_view(task.at.file_name()).ends_with("/net/sim/host.cpp");
}

std::string trace_of(const TaskTrace* task) {
  std::string text;
  for (; task != nullptr && !is_of_the_host(*task); task = task->caller) {
    if (!text.empty()) text += ", for ";
    text += fmt::format("{} ({}:{})", short_name(task->at.function_name()),
                        last_part(task->at.file_name()), task->at.line());
  }
  return text.empty() ? "(no task)" : text;
}

std::string subject_of(const Op& op) {
  if (op.port == nullptr || op.handle < 0) return "";
  if (op.kind == OpKind::connect) {
    return " " + describe_native(reinterpret_cast<const sockaddr*>(op.data), op.size);
  }
  const bool by_local = op.kind == OpKind::accept || op.kind == OpKind::receive_batch;
  auto address = by_local ? op.port->local(op.handle) : op.port->peer(op.handle);
  if (!address) address = op.port->local(op.handle);
  return address ? " " + address->to_string() : "";
}

std::string what_of(const Op& op) {
  switch (op.kind) {
    case OpKind::event: return "see an event";
    case OpKind::join: return "see the end of its children";
    case OpKind::sleep:
      if (op.outcome != Outcome::none) return "have its turn";
      return op.when == Instant::max() ? "sleep for ever" : "sleep";
    default: return operation_name(op.kind) + subject_of(op);
  }
}

}  // namespace

std::string Waiting::describe() const {
  const double seconds = std::chrono::duration<double>(waited).count();
  return fmt::format("{} waits for {:.3f} s to {}: {}", host, seconds, what, where);
}

std::vector<Waiting> waiting_on(Host& host) {
  std::vector<Waiting> found;
  const Instant now = host.world().now();
  const std::string name = host.name() + (host.is_paused() ? " (paused)" : "");
  host.loop().root().for_each_waiting([&](const Op& op) {
    found.push_back({.host = name,
                     .what = what_of(op),
                     .where = trace_of(op.task()),
                     .waited = now - op.since()});
  });
  std::ranges::sort(found, std::greater<>(), &Waiting::waited);
  return found;
}

}  // namespace patchbay::sim
