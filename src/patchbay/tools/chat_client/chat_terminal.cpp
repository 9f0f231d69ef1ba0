#include "patchbay/tools/chat_client/chat_terminal.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/curses_library.hpp"

namespace patchbay::chat_client {

namespace {

constexpr short k_pair_mention = 1;
constexpr short k_pair_warning = 2;
constexpr short k_pair_own = 3;
constexpr short k_pair_names = 4;  // and the five behind it
constexpr short k_default_color = -1;
constexpr short k_name_colors[] = {COLOR_CYAN, COLOR_GREEN,  COLOR_MAGENTA,
                                   COLOR_BLUE, COLOR_YELLOW, COLOR_RED};

// ncurses asks the locale of the program how wide a character is and how it is written.
void choose_locale() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

ScreenSize window_size() {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0) return {};
  return {.rows = window.ws_row, .columns = window.ws_col};
}

std::wstring wide(std::string_view text) {
  std::wstring out;
  while (!text.empty()) {
    const CodePoint next = decode_utf8(text);
    out += static_cast<wchar_t>(next.value);
    text.remove_prefix(next.length);
  }
  return out;
}

struct Look {
  attr_t attributes;
  short pair;
};

Look look_of(ScreenStyle style) {
  switch (style) {
    case ScreenStyle::plain: return {WA_NORMAL, 0};
    case ScreenStyle::dim: return {WA_DIM, 0};
    case ScreenStyle::bold: return {WA_BOLD, 0};
    case ScreenStyle::bar: return {WA_REVERSE, 0};
    case ScreenStyle::mention: return {WA_BOLD, k_pair_mention};
    case ScreenStyle::warning: return {WA_BOLD, k_pair_warning};
    case ScreenStyle::own: return {WA_BOLD, k_pair_own};
    default: break;
  }
  const int index = static_cast<int>(style) - static_cast<int>(ScreenStyle::name_1);
  return {WA_NORMAL, static_cast<short>(k_pair_names + index)};
}

}  // namespace

struct ChatTerminal::Native {
  const CursesLibrary& curses;
  SCREEN* screen;
  bool colors = false;

  WINDOW* window() const { return *curses.standard_screen; }
};

bool may_open_terminal() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
         *terminal != '\0' && std::string_view(terminal) != "dumb";
}

Result<std::unique_ptr<ChatTerminal>> ChatTerminal::open() {
  const auto curses = CursesLibrary::get();
  if (!curses) return curses.error();
  choose_locale();
  SCREEN* const screen = (*curses)->newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    return Error(Fault::system, "draw on the terminal", "ncurses does not know this terminal",
                 "set TERM to what the terminal is, or use --bot");
  }
  return std::unique_ptr<ChatTerminal>(
      new ChatTerminal(std::make_unique<Native>(Native{.curses = **curses, .screen = screen})));
}

ChatTerminal::ChatTerminal(std::unique_ptr<Native> native)
    : native_(std::move(native)), size_(window_size()) {
  const CursesLibrary& curses = native_->curses;
  curses.raw();
  curses.noecho();
  curses.nonl();
  native_->colors = curses.has_colors() && curses.start_color() == OK;
  if (!native_->colors) return;
  curses.use_default_colors();
  curses.init_pair(k_pair_mention, COLOR_YELLOW, k_default_color);
  curses.init_pair(k_pair_warning, COLOR_RED, k_default_color);
  curses.init_pair(k_pair_own, COLOR_WHITE, k_default_color);
  for (short i = 0; i < 6; ++i) {
    curses.init_pair(static_cast<short>(k_pair_names + i), k_name_colors[i], k_default_color);
  }
}

ChatTerminal::~ChatTerminal() {
  native_->curses.endwin();
  native_->curses.delscreen(native_->screen);
}

void ChatTerminal::resize() {
  size_ = window_size();
  native_->curses.resizeterm(static_cast<int>(size_.rows), static_cast<int>(size_.columns));
  repaint();
}

void ChatTerminal::repaint() { native_->curses.clearok(native_->window(), TRUE); }

void ChatTerminal::ring() { native_->curses.beep(); }

void ChatTerminal::suspend() {
  native_->curses.endwin();
  ::raise(SIGSTOP);
  repaint();
  native_->curses.wrefresh(native_->window());
}

void ChatTerminal::show(const ScreenFrame& frame) {
  const CursesLibrary& curses = native_->curses;
  WINDOW* const window = native_->window();
  for (std::size_t row = 0; row < frame.rows.size() && row < size_.rows; ++row) {
    curses.wmove(window, static_cast<int>(row), 0);
    for (const ScreenSpan& span : frame.rows[row]) {
      const Look look = look_of(span.style);
      curses.wattr_set(window, look.attributes, native_->colors ? look.pair : short{0}, nullptr);
      const std::wstring text = wide(span.text);
      curses.waddnwstr(window, text.c_str(), static_cast<int>(text.size()));
    }
    curses.wattr_set(window, WA_NORMAL, 0, nullptr);
  }
  curses.wmove(window, static_cast<int>(frame.cursor_row), static_cast<int>(frame.cursor_column));
  curses.wrefresh(window);
}

}  // namespace patchbay::chat_client
