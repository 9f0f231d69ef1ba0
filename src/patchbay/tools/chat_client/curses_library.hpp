// CursesLibrary: ncurses, loaded when the first screen is opened: no other command's start pays for
// it.
#pragma once

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>

#include "patchbay/base/result.hpp"

namespace patchbay::chat_client {

// The functions of <curses.h> that are used.
struct CursesLibrary {
  decltype(&::newterm) newterm;
  decltype(&::delscreen) delscreen;
  decltype(&::endwin) endwin;
  decltype(&::raw) raw;
  decltype(&::noecho) noecho;
  decltype(&::nonl) nonl;
  decltype(&::has_colors) has_colors;
  decltype(&::start_color) start_color;
  decltype(&::use_default_colors) use_default_colors;
  decltype(&::init_pair) init_pair;
  decltype(&::wattr_set) wattr_set;
  decltype(&::wmove) wmove;
  decltype(&::waddnwstr) waddnwstr;
  decltype(&::wclrtoeol) wclrtoeol;
  decltype(&::wrefresh) wrefresh;
  decltype(&::clearok) clearok;
  decltype(&::resizeterm) resizeterm;
  decltype(&::beep) beep;
  WINDOW** standard_screen;  // stdscr

  // Blocks the first time: about a millisecond. `storage` where it is not installed.
  static Result<const CursesLibrary*> get();
};

}  // namespace patchbay::chat_client
