using Gatehouse.App.Client;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>A document that a command is given as a file, or on the standard input for <c>-</c>: JSON, or YAML.</summary>
internal sealed class InputFile
{
    private const int MaxBytes = 1024 * 1024;

    private InputFile(byte[] content, string name)
    {
        Content = content;
        Name = name;
    }

    /// <summary>Its bytes.</summary>
    public byte[] Content { get; }

    /// <summary>What problems call it.</summary>
    public string Name { get; }

    /// <summary>Whether it is JSON, which begins with a brace; YAML else.</summary>
    public bool IsJson => Content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    /// <summary>Reads it, at most 1 MiB unless said otherwise.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static InputFile Read(string path, int most = MaxBytes)
    {
        string name = path == "-" ? "standard input" : path;
        try
        {
            using Stream stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            byte[] buffer = new byte[most + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= most
                ? new InputFile(buffer[..length], name)
                : throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{name}` is longer than {most / MaxBytes} MiB");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{name}` cannot be read: {wrong.Message}", inner: wrong);
        }
    }
}
