using System.Security.Cryptography;
using System.Text;
using Gatehouse.App.Client;
using Gatehouse.Problems;

namespace Gatehouse.App.Terminal;

/// <summary>Passwords from a file, the standard input, or a prompt that shows nothing. Never from arguments.</summary>
internal static class PasswordInput
{
    private const int MaxBytes = 4096;
    private const char EndOfInput = '\u0004';
    private const char EraseAll = '\u0015';
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyz23456789";

    /// <summary>Reads a password from a file, or from the standard input for <c>-</c>; one line end at its end is left out.</summary>
    public static string FromFile(string path)
    {
        try
        {
            using Stream stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            byte[] buffer = new byte[MaxBytes + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
            {
                throw Unreadable(path, $"it is longer than {MaxBytes} bytes");
            }

            string text = new UTF8Encoding(false, true).GetString(buffer, 0, length);
            CryptographicOperations.ZeroMemory(buffer);
            text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            return text.Length > 0 ? text : throw Unreadable(path, "it is empty");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or DecoderFallbackException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, wrong is DecoderFallbackException ? "it is not UTF-8" : wrong.Message, wrong);
        }
    }

    /// <summary>Asks without echo. Ctrl-U begins anew, Ctrl-D on nothing gives up; other control keys do nothing.</summary>
    public static string Ask(Screen screen, string question)
    {
        if (Console.IsInputRedirected)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.UnreadableInput, "a password is needed and there is no terminal to ask on", "use --password-file FILE (or - for the standard input), or --login-password-file with --url");
        }

        // The runtime switches echo off when it first looks at the keyboard: before the question, or the first keys are shown.
        _ = Console.KeyAvailable;
        screen.Error.Write(question + ": ");
        var typed = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key)
            {
                case { Key: ConsoleKey.Enter }:
                    screen.Error.WriteLine();
                    return typed.ToString();
                case { Key: ConsoleKey.Backspace }:
                    typed.Length -= Math.Min(typed.Length, typed.Length > 1 && char.IsLowSurrogate(typed[^1]) ? 2 : 1);
                    break;
                case { KeyChar: EraseAll }:
                    typed.Clear();
                    break;
                case { KeyChar: EndOfInput } when typed.Length == 0:
                    screen.Error.WriteLine();
                    throw CommandFailure.Refused(AdministrationProblems.InvalidPassword, "no password was typed");
                default:
                    // A control character would be in the password without anybody knowing it.
                    if (!char.IsControl(key.KeyChar) && typed.Length < MaxBytes)
                    {
                        typed.Append(key.KeyChar);
                    }

                    break;
            }
        }
    }

    /// <summary>Asks twice.</summary>
    public static string AskTwice(Screen screen, string user)
    {
        string first = Ask(screen, $"Password for {user}");
        return Ask(screen, "Again") == first
            ? first
            : throw CommandFailure.Refused(AdministrationProblems.InvalidPassword, "the two passwords differ");
    }

    /// <summary>Makes one: four groups of five, about 100 bits.</summary>
    public static string Generate() =>
        string.Join('-', Enumerable.Range(0, 4).Select(static _ => RandomNumberGenerator.GetString(Alphabet, 5)));

    private static CommandFailure Unreadable(string path, string why, Exception? inner = null) =>
        CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{(path == "-" ? "standard input" : path)}` cannot be read: {why}", inner: inner);
}
