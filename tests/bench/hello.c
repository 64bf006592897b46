/* hello - the least a full screen can be: the yardstick beside mien's first frame. */
#include <curses.h>
#include <locale.h>

int main(void)
{
    setlocale(LC_ALL, "");
    initscr();
    raw();
    noecho();
    box(stdscr, 0, 0);
    mvaddstr(LINES / 2, COLS / 2 - 6, "hello, world");
    refresh();
    getch();
    endwin();
    return 0;
}
