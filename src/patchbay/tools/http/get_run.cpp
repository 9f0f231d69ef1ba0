#include "patchbay/tools/http/get_run.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/http/http_client_request.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/get_range.hpp"
#include "patchbay/tools/http/get_report.hpp"
#include "patchbay/tools/http/get_sink.hpp"
#include "patchbay/tools/http/get_target.hpp"
#include "patchbay/tools/http/part_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_piece = 128 * 1024;

class GetRun {
 public:
  GetRun(GetPlan& plan, Output& out) : plan_(plan), out_(out), sink_(out) {}

  Task<int> run();

 private:
  Result<> open_file();
  Result<> open_device_for(const GetTarget& target);
  void ask_for_rest();
  bool must_begin_anew(const HttpAnswer& answer) const;
  Task<Result<HttpAnswer>> ask(HttpClient& client);
  Task<int> take(HttpAnswer& answer);
  Task<int> finish_whole_part(HttpAnswer& answer);
  Result<> begin_file(const HttpAnswer& answer);
  Task<Result<>> take_body(HttpAnswer& answer);
  Task<Result<>> take_piece(std::string_view piece);
  Result<> check_whole() const;
  Task<int> end(HttpAnswer& answer, Result<> taken, int code);
  void show_head(const HttpAnswer& answer);
  void emit_answer(const HttpAnswer& answer, bool complete);
  int fail(const Error& error);
  void tell_progress();
  Error too_large() const;
  Error unasked_part() const;
  bool has_target() const { return part_ || device_; }
  std::uint64_t total_bytes() const { return kept_bytes_ + body_bytes_; }

  GetPlan& plan_;
  Output& out_;
  TimedResolver* names_ = nullptr;
  std::optional<PartFile> part_;
  std::optional<Stream> device_;
  bool to_file_ = false;
  GetSink sink_;
  std::uint64_t asked_from_ = 0;               // where the rest begins that was asked for
  std::uint64_t kept_bytes_ = 0;               // of the part that was there
  std::uint64_t body_bytes_ = 0;               // that came
  std::optional<std::uint64_t> part_ends_at_;  // of a 206
  std::optional<std::uint64_t> whole_bytes_;
  std::optional<std::uint64_t> expected_;
  Deadline whole_by_;
  Instant body_began_{};
};

Result<> GetRun::open_file() {
  struct stat status = {};
  if (!plan_.replace && ::lstat(plan_.file->c_str(), &status) == 0) {
    return Error(Fault::storage, "write", "there is a file of that name already",
                 "choose another one with -o FILE")
        .about(*plan_.file);
  }
  const auto target = plan_.replace ? find_get_target(*plan_.file)
                                    : Result<GetTarget>(GetTarget{.path = *plan_.file});
  if (!target) return target.error();
  if (target->is_device) return open_device_for(*target);
  auto part = PartFile::open(target->path);
  if (!part) return part.error();
  part_.emplace(std::move(*part));
  if (plan_.go_on) ask_for_rest();
  return ok();
}

Result<> GetRun::open_device_for(const GetTarget& target) {
  if (plan_.go_on) {
    return Error(Fault::storage, "go on with", "it keeps nothing", "leave --continue out")
        .about(target.path);
  }
  auto device = open_device(target.path);
  if (!device) return device.error();
  device_.emplace(std::move(*device));
  return ok();
}

void GetRun::ask_for_rest() {
  const auto& note = part_->note();
  if (part_->size() == 0) return;
  if (!note || note->validator.empty() || note->url != plan_.request.url.to_string()) {
    out_.note("nothing tells of what the part that is there is one; beginning anew");
    return;
  }
  asked_from_ = part_->size();
  plan_.request.fields.emplace_back("Range", fmt::format("bytes={}-", asked_from_));
  plan_.request.fields.emplace_back("If-Range", note->validator);
}

// The rest was asked for, and what came cannot be it.
bool GetRun::must_begin_anew(const HttpAnswer& answer) const {
  if (asked_from_ == 0) return false;
  if (answer.status == 416) return !is_whole_part(answer, *part_->note(), asked_from_);
  return answer.status == 206 && !is_rest_of_part(answer, *part_->note(), asked_from_);
}

Task<Result<HttpAnswer>> GetRun::ask(HttpClient& client) {
  if (plan_.body_file) {
    plan_.request.body = plan_.body_file.get();
  } else if (plan_.body) {
    plan_.request.body = *plan_.body;
  }
  co_return co_await with_deadline(Deadline::after(plan_.timeout),
                                   client.send(plan_.request, whole_by_));
}

Task<int> GetRun::run() {
  if (plan_.file && !plan_.head_only) {
    if (const auto opened = open_file(); !opened) co_return out_.fail(opened.error());
  }
  auto resolver = std::make_unique<TimedResolver>(make_system_resolver());
  names_ = resolver.get();
  Loop::current().set_resolver(std::move(resolver));
  if (plan_.max_time) whole_by_ = Deadline::after(*plan_.max_time);
  HttpClient client(plan_.client);
  plan_.request.on_redirect = [this](const HttpHop& hop) {
    tell_hop(out_, hop);
    if (out_.json()) out_.emit(hop_record("hop", hop, names_));
  };
  auto answer = co_await ask(client);
  if (answer && must_begin_anew(*answer)) {
    out_.note("the server has another version of the file, or no parts of it; beginning anew");
    std::erase_if(plan_.request.fields, [](const auto& field) {
      return field.first == "Range" || field.first == "If-Range";
    });
    asked_from_ = 0;
    answer = co_await ask(client);
  }
  if (!answer) co_return fail(answer.error());
  tell_hop(out_, *answer);
  co_return co_await take(*answer);
}

Task<int> GetRun::take(HttpAnswer& answer) {
  if (answer.status == 416 && asked_from_ > 0) co_return co_await finish_whole_part(answer);
  const int code = exit_code_of_status(answer.status);
  show_head(answer);
  if (plan_.head_only) {
    emit_answer(answer, true);
    co_return code == exit_ok ? exit_ok : out_.fail(status_failure(answer), code);
  }
  if (answer.status == 206 && asked_from_ == 0 && !has_field(plan_.request.fields, "range")) {
    emit_answer(answer, false);
    co_return fail(unasked_part());
  }
  // Only what was asked for becomes a file, and not the page that says why there is nothing.
  to_file_ = has_target() && answer.status / 100 == 2;
  if (has_target() && !to_file_) {
    emit_answer(answer, false);
    if (answer.status == 304) {
      out_.note("the server says that nothing has changed; nothing was written");
      co_return exit_ok;
    }
    co_return out_.fail(status_failure(answer), code == exit_ok ? exit_failed : code);
  }
  if (to_file_ && part_) {
    if (const auto begun = begin_file(answer); !begun) co_return fail(begun.error());
  }
  if (answer.body_bytes) expected_ = kept_bytes_ + *answer.body_bytes;
  body_began_ = Loop::current().now();
  Result<> taken = ok();
  if (plan_.max_size && expected_.value_or(0) > *plan_.max_size) {
    taken = too_large();
  } else {
    taken = co_await take_body(answer);
  }
  co_return co_await end(answer, taken, code);
}

// Everything had come before, and nobody had given it its name.
Task<int> GetRun::finish_whole_part(HttpAnswer& answer) {
  kept_bytes_ = asked_from_;
  to_file_ = true;
  co_return co_await end(answer, ok(), exit_ok);
}

Result<> GetRun::begin_file(const HttpAnswer& answer) {
  PartNote note{.url = plan_.request.url.to_string()};
  if (answer.status != 206) {
    note.validator = range_validator(answer);
    note.total = answer.body_bytes;
  } else if (asked_from_ > 0) {
    kept_bytes_ = asked_from_;
    out_.note(fmt::format("going on behind the {} that are there", format_size(kept_bytes_)));
    note = *part_->note();
    const auto range = parse_content_range(answer.field("content-range"));
    part_ends_at_ = *range->last + 1;
    whole_bytes_ = range->total ? range->total : note.total;
  }
  return part_->begin(std::move(note), kept_bytes_);
}

Task<Result<>> GetRun::take_body(HttpAnswer& answer) {
  std::string piece(k_piece, '\0');
  for (;;) {
    const auto got = co_await answer.body->read(std::as_writable_bytes(std::span(piece)),
                                                Deadline::after(plan_.timeout));
    if (!got) co_return got.error();
    if (*got == 0) break;
    const auto taken = co_await take_piece(std::string_view(piece).substr(0, *got));
    if (!taken) co_return taken;
  }
  if (!to_file_) sink_.end();
  co_return ok();
}

Task<Result<>> GetRun::take_piece(std::string_view piece) {
  if (plan_.max_size && total_bytes() + piece.size() > *plan_.max_size) co_return too_large();
  if (part_ends_at_ && total_bytes() + piece.size() > *part_ends_at_) {
    co_return Error(Fault::protocol, "get all of",
                    "the server sends more than the part it tells of")
        .about(plan_.request.url.to_string());
  }
  body_bytes_ += piece.size();
  tell_progress();
  if (to_file_ && device_) {
    const auto written = co_await device_->write_all(piece, whole_by_);
    co_return written ? written : written.error().about(*plan_.file);
  }
  if (to_file_) co_return part_->write(std::as_bytes(std::span(piece)));
  if (sink_.write(piece)) co_return ok();
  co_return Error(Fault::cancelled, "write to standard output", "nobody reads it any more");
}

// A server may send less than it was asked for (RFC 9110 section 15.3.7).
Result<> GetRun::check_whole() const {
  const bool is_whole = total_bytes() == part_ends_at_.value_or(total_bytes()) &&
                        total_bytes() == whole_bytes_.value_or(total_bytes());
  if (is_whole) return ok();
  return Error(Fault::protocol, "get all of", "the server sent less than the rest of it",
               "ask for what is left with --continue")
      .about(plan_.request.url.to_string());
}

Error GetRun::unasked_part() const {
  return Error(Fault::protocol, "get all of", "the server sent a part that nobody asked for",
               "try again; -H 'Range: …' asks for a part")
      .about(plan_.request.url.to_string());
}

Error GetRun::too_large() const {
  return Error(Fault::limit, "get all of", "it is larger than --max-size allows",
               "allow more with --max-size")
      .about(plan_.request.url.to_string());
}

Task<int> GetRun::end(HttpAnswer& answer, Result<> taken, int code) {
  if (taken && to_file_) taken = check_whole();
  if (taken && to_file_ && part_) taken = co_await part_->finish(plan_.replace);
  emit_answer(answer, taken.has_value());
  out_.totals().bytes("body_bytes", body_bytes_);
  if (!taken) {
    if (out_.gone() && !to_file_) co_return exit_ok;
    if (to_file_ && part_ && part_->size() > 0) {
      out_.note(fmt::format(
          "{} are kept in {}{}", format_size(part_->size()), escape_terminal(part_->part_path()),
          part_->note() && !part_->note()->validator.empty() ? "; --continue goes on from there"
                                                             : ""));
    }
    co_return fail(taken.error());
  }
  if (code != exit_ok) co_return out_.fail(status_failure(answer), code);
  if (to_file_) {
    const Duration took = Loop::current().now() - body_began_;
    out_.note(fmt::format("[+] {}: {} in {}", escape_terminal(*plan_.file),
                          format_size(total_bytes()),
                          format_duration(kept_bytes_ == total_bytes() ? Duration() : took)));
  }
  co_return exit_ok;
}

void GetRun::show_head(const HttpAnswer& answer) {
  if (!plan_.show_head || out_.json()) return;
  if (out_.out_is_terminal()) {
    out_.print(styled_head(answer, out_));
  } else {
    out_.write(head_text(answer, "\r\n"));
  }
  if (!plan_.head_only && !plan_.file) out_.write(out_.out_is_terminal() ? "\n" : "\r\n");
}

void GetRun::emit_answer(const HttpAnswer& answer, bool complete) {
  if (!out_.json()) return;
  Record record = hop_record("answer", answer, names_);
  record.bytes("body_bytes", body_bytes_).flag("complete", complete);
  const Duration body = body_began_ == Instant() ? Duration() : Loop::current().now() - body_began_;
  record.time_us("body_us", body).time_us("total_us", answer.times.head + body);
  if (to_file_) {
    record.text("file", *plan_.file).bytes("file_bytes", total_bytes());
  } else if (!plan_.head_only && !has_target()) {
    sink_.describe(record);
  }
  out_.emit(record);
}

int GetRun::fail(const Error& error) {
  Failure failure(error);
  const std::string_view operation = error.operation();
  if (failure.remedy == "allow a lower rate") {
    failure.remedy += " with --min-rate";
  } else if (error.fault() == Fault::timed_out && error.code() == 0 &&
             failure.remedy.starts_with("allow")) {
    failure.remedy = "allow more with --timeout or --max-time, or check that the server is up";
  } else if (operation.starts_with("trust")) {
    failure.remedy += " (--tls-ca FILE, or --pin SHA256, which --insecure -v shows)";
  } else if (failure.remedy.find("over HTTP/1.1") != std::string::npos) {
    failure.remedy +=
        plan_.client.versions == HttpVersions::http2 ? " (without --http2)" : " (--http1)";
  } else if (operation.starts_with("follow")) {
    failure.remedy += " (--no-redirect shows it)";
  }
  return error.fault() == Fault::cancelled ? out_.fail(error)
                                           : out_.fail(failure, exit_code_of(error));
}

void GetRun::tell_progress() {
  const Instant now = Loop::current().now();
  const double seconds = std::chrono::duration<double>(now - body_began_).count();
  const double rate = seconds > 0 ? static_cast<double>(body_bytes_) / seconds : 0;
  std::string text = format_size(total_bytes());
  if (expected_) text += fmt::format(" of {}", format_size(*expected_));
  if (rate > 0) text += fmt::format(", {}/s", format_size(static_cast<std::uint64_t>(rate)));
  if (rate > 0 && expected_) {
    const double left = static_cast<double>(*expected_ - total_bytes()) / rate;
    text += fmt::format(", {} left",
                        format_duration(std::chrono::seconds(static_cast<std::int64_t>(left) + 1)));
  }
  out_.progress(text, now);
}

}  // namespace

Task<int> run_get(GetPlan& plan, Output& out) {
  GetRun run(plan, out);
  const int code = co_await run.run();
  plan.body_file.reset();  // it may be of this loop
  co_return code;
}

}  // namespace patchbay
