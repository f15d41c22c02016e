using System.Globalization;
using System.Text;

namespace Gatehouse.Protocols.Hocon;

/// <summary>Reads a whole document into one object.</summary>
internal sealed class HoconParser(HoconScanner scanner)
{
    private int _values;

    public HoconNode? Document()
    {
        var root = new HoconNode(HoconKind.Object, scanner.Line, scanner.Column) { IsWritten = true };
        scanner.SkipBlank();
        if (scanner.IsAtEnd)
        {
            scanner.Fail(HoconReasons.Empty, "nothing is there");
            return null;
        }

        if (scanner.Peek() == '[')
        {
            scanner.Fail(HoconReasons.Syntax, "an array is no configuration");
            return null;
        }

        bool isBraced = scanner.TryTake('{');
        if (!Members(root, isBraced, 1))
        {
            return null;
        }

        scanner.SkipBlank();
        return scanner.IsAtEnd || scanner.Fail(HoconReasons.Syntax, "something follows the end") ? root : null;
    }

    private bool Members(HoconNode into, bool isBraced, int depth)
    {
        while (true)
        {
            scanner.SkipBlank();
            if (IsClosed(isBraced))
            {
                return true;
            }

            if (!Field(into, depth))
            {
                return false;
            }

            bool isBroken = scanner.SkipBlank();
            if (!scanner.TryTake(',') && !isBroken && !IsEnd(isBraced))
            {
                return scanner.Fail(HoconReasons.Syntax, "a comma, a line break or the end is missing");
            }
        }
    }

    private bool IsEnd(bool isBraced) => isBraced ? scanner.Peek() == '}' : scanner.IsAtEnd;

    private bool IsClosed(bool isBraced) => isBraced ? scanner.TryTake('}') : scanner.IsAtEnd;

    private bool Field(HoconNode into, int depth)
    {
        if (scanner.Peek() == '$')
        {
            return Refuse();
        }

        List<string> path = [];
        if (!scanner.Path(path, out bool isIncluding))
        {
            return false;
        }

        if (isIncluding)
        {
            return scanner.Fail(HoconReasons.Include, "`include` is refused");
        }

        if (depth + path.Count > HoconDocument.MaxDepth)
        {
            return scanner.Fail(HoconReasons.TooDeep, "it is nested too deeply");
        }

        depth += path.Count;
        scanner.Spaces();
        bool isAppending = scanner.Peek() == '+' && scanner.Peek(1) == '=' && scanner.TryTake('+');
        if (scanner.TryTake('=') || scanner.TryTake(':'))
        {
            scanner.SkipBlank();
        }
        else if (scanner.Peek() != '{')
        {
            return scanner.Fail(HoconReasons.Key, "a key is not followed by `=`, `:`, `+=` or `{`");
        }

        return isAppending ? Append(into, path, depth) : scanner.Peek() == '{' ? Inner(into, path, depth) : Plain(into, path, depth);
    }

    private bool Append(HoconNode into, List<string> path, int depth)
    {
        var array = new HoconNode(HoconKind.Array, scanner.Line, scanner.Column) { IsAppended = true };
        if (!Count() || Value(depth) is not { } value || Parent(into, path) is not { } parent || !IsFree(parent, path[^1]))
        {
            return false;
        }

        array.Items.Add(value);
        parent.Add(path[^1], array);
        return true;
    }

    private bool Plain(HoconNode into, List<string> path, int depth)
    {
        if (Value(depth) is not { } value || Parent(into, path) is not { } parent || !IsFree(parent, path[^1]))
        {
            return false;
        }

        parent.Add(path[^1], value);
        return true;
    }

    private bool Inner(HoconNode into, List<string> path, int depth)
    {
        if (Parent(into, path) is not { } parent)
        {
            return false;
        }

        HoconNode? node = parent.Find(path[^1], out bool isSame);
        if (node is not null && (!isSame || node.Kind != HoconKind.Object || node.IsWritten))
        {
            return Taken();
        }

        if (node is null)
        {
            node = new HoconNode(HoconKind.Object, scanner.Line, scanner.Column);
            parent.Add(path[^1], node);
        }

        node.IsWritten = true;
        return Count() && scanner.TryTake('{') && Members(node, isBraced: true, depth) && IsAlone();
    }

    private HoconNode? Parent(HoconNode node, List<string> path)
    {
        foreach (string key in path.Take(path.Count - 1))
        {
            HoconNode? next = node.Find(key, out bool isSame);
            if (next is null)
            {
                if (!Count())
                {
                    return null;
                }

                next = new HoconNode(HoconKind.Object, scanner.Line, scanner.Column);
                node.Add(key, next);
            }
            else if (!isSame || next.Kind != HoconKind.Object)
            {
                Taken();
                return null;
            }

            node = next;
        }

        return node;
    }

    private bool IsFree(HoconNode parent, string key) => parent.Find(key, out _) is null || Taken();

    private bool Taken() => scanner.Fail(HoconReasons.Duplicate, "a key has a value already");

    private HoconNode? Value(int depth)
    {
        if (depth > HoconDocument.MaxDepth)
        {
            scanner.Fail(HoconReasons.TooDeep, "it is nested too deeply");
            return null;
        }

        if (!Count())
        {
            return null;
        }

        if (scanner.Peek() is not ('{' or '['))
        {
            return Scalar();
        }

        bool isObject = scanner.Peek() == '{';
        var node = new HoconNode(isObject ? HoconKind.Object : HoconKind.Array, scanner.Line, scanner.Column) { IsWritten = true };
        scanner.TryTake(isObject ? '{' : '[');
        return (isObject ? Members(node, isBraced: true, depth + 1) : Items(node, depth + 1)) && IsAlone() ? node : null;
    }

    private bool Items(HoconNode into, int depth)
    {
        while (true)
        {
            scanner.SkipBlank();
            if (scanner.TryTake(']'))
            {
                return true;
            }

            if (Value(depth) is not { } item)
            {
                return false;
            }

            into.Items.Add(item);
            bool isBroken = scanner.SkipBlank();
            if (!scanner.TryTake(',') && !isBroken && scanner.Peek() != ']')
            {
                return scanner.Fail(HoconReasons.Syntax, "a comma, a line break or `]` is missing");
            }
        }
    }

    /// <summary>Pieces on one line are one text, with the white space between them.</summary>
    private HoconNode? Scalar()
    {
        (int line, int column) = (scanner.Line, scanner.Column);
        var text = new StringBuilder();
        int pieces = 0;
        bool isQuoted = false;
        string gap = "";
        while (!scanner.IsAtBreak)
        {
            bool hasQuotes = scanner.Peek() == '"';
            string? piece = hasQuotes ? scanner.Quoted() : scanner.Unquoted();
            if (string.IsNullOrEmpty(piece) && !hasQuotes)
            {
                Refuse();
            }

            if (piece is null || scanner.Error is not null)
            {
                return null;
            }

            text.Append(gap).Append(piece);
            isQuoted |= hasQuotes;
            pieces++;
            gap = scanner.Spaces();
        }

        if (pieces == 0)
        {
            scanner.Fail(HoconReasons.Syntax, "a value is missing");
            return null;
        }

        string all = text.ToString();
        return new HoconNode(pieces > 1 || isQuoted ? HoconKind.String : KindOf(all), line, column) { Text = all };
    }

    private static HoconKind KindOf(string word) => word switch
    {
        "true" or "false" => HoconKind.Boolean,
        "null" => HoconKind.Null,
        _ when (char.IsAsciiDigit(word[0]) || word[0] == '-') && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => HoconKind.Number,
        _ => HoconKind.String,
    };

    private bool IsAlone()
    {
        scanner.Spaces();
        return scanner.IsAtBreak || scanner.Fail(HoconReasons.Concatenation, "something follows an object or array on its line");
    }

    private bool Count() => ++_values <= HoconDocument.MaxValues || scanner.Fail(HoconReasons.TooMany, "it has too many values");

    private bool Refuse() => scanner.Peek() switch
    {
        '$' when scanner.Peek(1) == '{' => scanner.Fail(HoconReasons.Substitution, "`${..}` is refused"),
        '{' or '[' => scanner.Fail(HoconReasons.Concatenation, "an object or array follows a text on its line"),
        _ => scanner.Fail(HoconReasons.Character, "a character may stand in quotes only"),
    };
}
