"""What the style guide draws: one chart of each sort, in the shape that static/js/charts.js describes."""

from typing import Any

CHARTS: dict[str, dict[str, Any]] = {
    "amount": {
        "title": "盘活楼宇招商资源：8月末实际7处，序时12处，目标19处",
        "kind": "amount",
        "measure": "处",
        "whole": True,
        "months": ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
        "planned": [0, 1, 2, 3, 5, 7, 8, 12, 14, 16, 18, 19],
        "actual": [0, 1, 2, 3, 4, 6, 7, 7, None, None, None, None],
        "pending": [None, None, None, None, None, None, None, None, 8, None, None, None],
        "goal": 19,
        "closed": 7,
    },
    "percent": {
        "title": "综合完成率：8月末65.0%，序时67.5%",
        "kind": "percent",
        "small": True,
        "months": ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
        "planned": [7, 14, 23, 31, 40, 50, 59, 67.5, 76, 85, 93, 100],
        "actual": [7, 13, 22, 31, 39, 47.5, 56, 65, None, None, None, None],
        "closed": 7,
    },
    "steps": {
        "title": "项目入库：4个节点，8月末完成2个，应完成3个",
        "kind": "steps",
        "measure": "个",
        "whole": True,
        "gutter": 34,
        "months": ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
        "planned": [0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4],
        "actual": [0, 0, 1, 1, 1, 2, 2, 2, None, None, None, None],
        "goal": 4,
        "closed": 7,
        "marks": [
            {"month": 2, "value": 1, "word": "done", "label": "立项"},
            {"month": 4, "value": 2, "word": "done_late", "label": "规划许可"},
            {"month": 6, "value": 3, "word": "behind", "label": "施工许可"},
            {"month": 9, "value": 4, "word": "not_due", "label": "入库"},
        ],
    },
}
