using System.Globalization;
using System.Text;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>A place between two lines of the trail.</summary>
/// <param name="Segment">The segment's name; empty for the oldest there is.</param>
/// <param name="Offset">Bytes from its start.</param>
internal readonly record struct TrailPosition(string Segment, long Offset)
{
    /// <summary>Where the trail begins.</summary>
    public static TrailPosition Oldest => new("", 0);

    /// <summary>One line, as a cursor file holds it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment} {Offset}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out TrailPosition position)
    {
        position = Oldest;
        string[] parts = text.TrimEnd('\n').Split(' ');
        bool isOne = parts.Length == 2 && SegmentName.NumberOf(parts[0]) > 0
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (isOne)
        {
            position = new TrailPosition(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture));
        }

        return isOne;
    }
}

/// <summary>
/// The file that says how far an output has come. What cannot be read means the beginning: a record twice is harmless, one
/// that never went out is not.
/// </summary>
internal sealed class CursorFile(string directory, string output)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _path = Path.Combine(directory, $"output-{output}.cursor");
    private TrailPosition _saved;

    /// <summary>The position kept; the oldest where there is none.</summary>
    public TrailPosition Read()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> text = stackalloc byte[128];
            int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return TrailPosition.TryParse(Encoding.UTF8.GetString(text[..length]), out _saved) ? _saved : TrailPosition.Oldest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A new output.
            return TrailPosition.Oldest;
        }
    }

    /// <summary>Keeps a position, in one step.</summary>
    public void Write(TrailPosition position)
    {
        if (position == _saved || position.Segment.Length == 0)
        {
            return;
        }

        string unfinished = _path + ".new";
        using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            file.Write(Encoding.ASCII.GetBytes(position + "\n"));
        }

        File.Move(unfinished, _path, overwrite: true);
        _saved = position;
    }
}
