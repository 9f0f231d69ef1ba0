#include "patchbay/http/folder_listing.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/piece_source.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_names_per_piece = 8 * 1024;
constexpr std::size_t k_reader_bytes = 256 * 1024;
constexpr std::size_t k_piece_bytes = 128 * 1024;
// Sizes and times cost most of all: several threads ask for so many while rows are written.
constexpr std::size_t k_facts_ahead = 2 * 1024;
constexpr std::size_t k_fact_threads = 2;
// Whoever needs some and has none asks for so many itself: enough for most folders.
constexpr std::size_t k_few_facts = 512;
// What a listing takes beside its names: in the queue for a thread, and under way. Then it is what
// is read and what is written, and up to 1.5 MB of a compressor.
constexpr std::size_t k_waiting_bytes = 4 * 1024;
constexpr std::size_t k_working_bytes = 2 * 1024 * 1024;

struct Entry {
  // Eight bytes of the name, behind what all have in common; or its place by name.
  std::uint64_t rank = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified = 0;
  std::uint32_t name_at = 0;
  std::uint16_t name_length = 0;
  FileKind kind = FileKind::unknown;
  bool has_facts = false;
};
static_assert(sizeof(Entry) == 32);

using Entries = std::span<Entry>;

std::size_t common_length(std::string_view a, std::string_view b) {
  const auto differ = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(differ.in1 - a.begin());
}

// Compared as one number where the names differ, which most do within eight bytes. No name has a
// zero in it, so the shorter one comes first.
std::uint64_t eight_bytes_at(std::string_view name, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + 8; ++i) {
    value = value << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  }
  return value;
}

Error no_memory() {
  return Error(Fault::limit, "list the folder", "there is no memory left for listings");
}

class FolderSource : public PieceSource {
 public:
  explicit FolderSource(FolderListing listing)
      : PieceSource("list the folder"),
        listing_(std::move(listing)),
        order_(listing_.heading.order),
        format_(make_folder_format(listing_.form, std::move(listing_.heading))),
        reader_(std::move(listing_.folder), k_reader_bytes) {}

 protected:
  Result<bool> make_piece(std::string& out) override;
  std::vector<std::function<void()>> work_beside() override;

 private:
  enum class Phase : std::uint8_t { begin, names, facts, rows, end };

  bool fits();
  Result<> gather();
  bool take(const FolderReader::Name& name);
  void sort();
  void sort_by_name(Entries group);
  void sort_by_value(Entries group);
  void write_rows(std::string& out);
  void find_few_facts();
  void find_facts(Entries some) const;
  void find_facts(Entry& entry) const;
  std::string_view name_of(const Entry& entry) const {
    return std::string_view(names_).substr(entry.name_at, entry.name_length);
  }

  FolderListing listing_;
  FolderOrder order_;
  std::unique_ptr<FolderFormat> format_;
  FolderReader reader_;
  Phase phase_ = Phase::begin;
  std::string names_;  // each ends with a zero
  std::vector<Entry> entries_;
  std::size_t beside_names_ = k_waiting_bytes;
  bool sorts_by_facts_ = false;
  // Written up to next_row_, known up to known_; up to asked_ other threads are at it.
  std::size_t next_row_ = 0;
  std::size_t known_ = 0;
  std::size_t asked_ = 0;
  FolderTotals totals_;
};

// A folder of a few names is done in one piece. Of a large one the beginning of the page is the
// first: it comes as soon as the folder is known to be readable.
Result<bool> FolderSource::make_piece(std::string& out) {
  const bool is_first = phase_ == Phase::begin;
  if (is_first) {
    format_->begin(out);
    phase_ = Phase::names;
  }
  if (phase_ == Phase::names) {
    const auto gathered = gather();
    if (!gathered) return gathered.error();
  }
  if (phase_ == Phase::facts) {
    find_few_facts();
    if (known_ == entries_.size()) {
      sort();
      phase_ = Phase::rows;
    }
  }
  if (phase_ == Phase::rows) write_rows(out);
  if (is_first && phase_ != Phase::end) {
    beside_names_ = k_working_bytes;
    if (!fits()) return no_memory();
  }
  return phase_ != Phase::end;
}

bool FolderSource::fits() {
  return listing_.memory.hold(beside_names_ + names_.capacity() +
                              entries_.capacity() * sizeof(Entry));
}

std::vector<std::function<void()>> FolderSource::work_beside() {
  known_ = asked_;
  const bool writes = phase_ == Phase::rows;
  const bool wants = writes ? known_ - next_row_ < k_facts_ahead : phase_ == Phase::facts;
  if (!wants) return {};
  const std::size_t most = writes ? k_facts_ahead : k_names_per_piece;
  Entries some = Entries(entries_).subspan(known_);
  some = some.first(std::min(some.size(), most));
  asked_ += some.size();
  std::vector<std::function<void()>> works;
  const std::size_t each = some.size() / k_fact_threads + 1;
  for (; !some.empty(); some = some.subspan(std::min(each, some.size()))) {
    works.emplace_back(
        [this, part = some.first(std::min(each, some.size()))] { find_facts(part); });
  }
  return works;
}

Result<> FolderSource::gather() {
  bool more = true;
  for (std::size_t count = 0; more && count < k_names_per_piece; ++count) {
    const auto name = reader_.next();
    if (!name) return name.error();
    more = *name && take(**name);
  }
  if (!fits()) {
    if (beside_names_ == k_waiting_bytes) return no_memory();
    totals_.complete = more = false;
  }
  if (more) return ok();
  phase_ = Phase::facts;
  if (sorts_by_facts_) return ok();
  sort();
  phase_ = Phase::rows;
  return ok();
}

// False at the limit.
bool FolderSource::take(const FolderReader::Name& name) {
  if (name.kind == FileKind::special) return true;
  if (!listing_.dotfiles && name.text[0] == '.') return true;
  totals_.complete = entries_.size() < listing_.most_entries &&
                     names_.size() + name.length < listing_.most_name_bytes;
  if (!totals_.complete) return false;
  // Folders come first: whether it is one matters as well.
  sorts_by_facts_ |= order_.by != FolderSort::name || name.kind == FileKind::unknown;
  entries_.push_back({.name_at = static_cast<std::uint32_t>(names_.size()),
                      .name_length = static_cast<std::uint16_t>(name.length),
                      .kind = name.kind});
  names_.append(name.text, name.length + 1);
  return true;
}

void FolderSource::find_few_facts() {
  if (asked_ != known_) return;
  const Entries rest = Entries(entries_).subspan(known_);
  const Entries few = rest.first(std::min(rest.size(), k_few_facts));
  find_facts(few);
  known_ = asked_ += few.size();
}

void FolderSource::find_facts(Entries some) const {
  for (Entry& entry : some) find_facts(entry);
}

// What is gone, or is not for anybody to see, is `special` from then on.
void FolderSource::find_facts(Entry& entry) const {
  const auto facts = facts_of(reader_.descriptor(), names_.data() + entry.name_at);
  if (!facts) {
    if (facts.error().code() == ENOENT) entry.kind = FileKind::special;
    return;
  }
  entry.kind = facts->kind;
  entry.size_bytes = facts->size_bytes;
  entry.modified = facts->modified;
  entry.has_facts = true;
}

void FolderSource::sort() {
  const auto others = std::ranges::partition(
      entries_, [](const Entry& entry) { return entry.kind == FileKind::folder; });
  const Entries folders(entries_.begin(), others.begin());
  const Entries files(others);
  sort_by_name(folders);
  sort_by_name(files);
  if (order_.by != FolderSort::size) sort_by_value(folders);  // they have none
  sort_by_value(files);
}

// What is alike stays in the order of names.
void FolderSource::sort_by_value(Entries group) {
  const auto [by, descending] = order_;
  if (by == FolderSort::name) {
    if (descending) std::ranges::reverse(group);
    return;
  }
  std::uint64_t place = 0;
  for (Entry& entry : group) entry.rank = place++;
  std::ranges::sort(group, [by, descending](const Entry& a, const Entry& b) {
    const bool is_alike =
        by == FolderSort::size ? a.size_bytes == b.size_bytes : a.modified == b.modified;
    if (is_alike) return a.rank < b.rank;
    const bool is_less =
        by == FolderSort::size ? a.size_bytes < b.size_bytes : a.modified < b.modified;
    return is_less != descending;
  });
}

void FolderSource::sort_by_name(Entries group) {
  if (group.empty()) return;
  const std::string_view some = name_of(group[0]);
  std::size_t common = some.size();
  for (const Entry& entry : group) {
    common = common_length(some.substr(0, common), name_of(entry));
  }
  for (Entry& entry : group) entry.rank = eight_bytes_at(name_of(entry), common);
  std::ranges::sort(group, [this](const Entry& a, const Entry& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return name_of(a) < name_of(b);
  });
}

void FolderSource::write_rows(std::string& out) {
  if (next_row_ == known_) find_few_facts();
  for (; next_row_ < known_; ++next_row_) {
    if (out.size() >= k_piece_bytes) return;
    const Entry& entry = entries_[next_row_];
    if (entry.kind == FileKind::special) continue;
    const bool is_folder = entry.kind == FileKind::folder;
    ++(is_folder ? totals_.folders : totals_.others);
    if (entry.kind == FileKind::file) totals_.size_bytes += entry.size_bytes;
    format_->add(out, {.name = name_of(entry),
                       .kind = entry.kind,
                       .has_facts = entry.has_facts,
                       .size_bytes = entry.size_bytes,
                       .modified = entry.modified});
  }
  if (known_ < entries_.size()) return;
  format_->end(out, totals_);
  phase_ = Phase::end;
}

}  // namespace

Task<Result<std::shared_ptr<HttpSource>>> list_folder(FolderListing listing) {
  if (!listing.memory.hold(k_waiting_bytes)) co_return no_memory();
  auto source = std::make_shared<FolderSource>(std::move(listing));
  const auto begun = co_await source->begin();
  if (!begun) co_return begun.error();
  co_return std::shared_ptr<HttpSource>(std::move(source));
}

}  // namespace patchbay
