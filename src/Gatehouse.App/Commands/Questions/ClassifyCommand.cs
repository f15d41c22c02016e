using System.Buffers;
using System.CommandLine;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Emqx;
using Gatehouse.Protocols.Ignite.Rest;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.App.Commands.Questions;

/// <summary><c>gatehouse classify</c>: what a request means to a gate of an HTTP system, without a daemon.</summary>
internal static class ClassifyCommand
{
    private const int MaxBody = 128 * 1024 * 1024;

    public static Command Create(CommandTree tree)
    {
        Argument<string> system = new("SYSTEM") { Description = "a gate's system: elasticsearch, emqx-api, ignite-rest, ipfs-cluster, kubo, http; or your own catalogue" };
        Argument<string?> method = new("METHOD") { Description = "method, such as GET", Arity = ArgumentArity.ZeroOrOne };
        Argument<string?> target = new("TARGET") { Description = "request target as it goes over the wire, such as '/logs-*/_search?size=1'", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> body = new("--body-file") { Description = "file with the body, - for stdin", HelpName = "FILE" };
        Option<string[]> headers = new("--header") { Description = "header as sent; Content-Type and Content-Encoding count", HelpName = "'K: V'" };
        Option<string> gate = new("--gate") { Description = "the gate's name, where resources begin with it", HelpName = "NAME", DefaultValueFactory = static _ => "gate" };
        Option<bool> batch = new("--batch") { Description = "one request a line on stdin: {\"method\",\"target\",\"headers\",\"body\"}; one answer a line" };
        return tree.Make(
            "classify",
            "which operations a request means; exit code 1 when it is refused\nexample: gatehouse classify elasticsearch GET '/logs-*/_search'",
            async (context, cancellation) =>
            {
                Classifier classify = Find(context, context.Value(system), context.Value(gate)!); // defaulted
                if (context.Value(batch))
                {
                    return await BatchAsync(context, classify, cancellation);
                }

                if (context.Parsed.GetValue(method) is not { } verb || context.Parsed.GetValue(target) is not { } path)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "METHOD and TARGET are needed, or --batch");
                }

                byte[] content = context.Value(body) is { } file ? InputFile.Read(file, MaxBody).Content : [];
                RequestClass found = Run(classify, verb, path, Headers(context.Value(headers) ?? []), content);
                if (context.IsJson)
                {
                    context.PrintJson(Write(found));
                }
                else
                {
                    Show(context.Screen, found);
                }

                return found.Outcome == RequestOutcome.Refused ? ExitCodes.Findings : ExitCodes.Fine;
            },
            system, method, target, body, headers, gate, batch);
    }

    private delegate RequestClass Classifier(string method, string target, string? contentType, ReadOnlyMemory<byte> body);

    private static Classifier Find(CommandContext context, string system, string gate) => system switch
    {
        "elasticsearch" or "opensearch" => ElasticsearchClassifier.Classify,
        EmqxCatalogue.System => (method, target, contentType, body) => EmqxCatalogue.Classify(gate, method, target, contentType, body.Span),
        IgniteRestCatalogue.System => static (method, target, contentType, body) => IgniteRestCatalogue.Classify(method, target, contentType, body.Span),
        "http" => Of(Catalogue.Http(), gate),
        _ when IpfsCatalogues.All.ContainsKey(system) =>
            (method, target, contentType, body) => IpfsCatalogues.Classify(system, method, target, contentType, body.Span),
        _ => Of(FromConfiguration(context, system), gate),
    };

    private static Classifier Of(Catalogue catalogue, string gate) =>
        (method, target, contentType, body) => catalogue.Classify(gate, method, target, contentType, body.Span);

    // Apart, so that no other system loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Catalogue FromConfiguration(CommandContext context, string system)
    {
        ConfigurationResult read = ConfigurationCheck.File(context.ConfigurationFile, context.DataFolder);
        if (read.Value?.Catalogues.FirstOrDefault(c => c.Name == system) is not { } found)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.NotFound,
                $"`{system}` is no system of Gatehouse's own, such as `elasticsearch`, `ipfs-cluster` or `http`, nor a catalogue of {context.ConfigurationFile}",
                read.Value is null ? "gatehouse check says what is wrong with the configuration" : "--config FILE names another configuration");
        }

        List<Problem> problems = [];
        string text = found.File is { } file ? File.ReadAllText(file) : found.Endpoints ?? "";
        return Catalogue.Parse(system, text, found.File ?? context.ConfigurationFile, problems)
            ?? throw CommandFailure.CannotRun(AdministrationProblems.NotFound, problems[0].ToString());
    }

    private static async Task<int> BatchAsync(CommandContext context, Classifier classify, CancellationToken cancellation)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: false));
        bool isFine = true;
        while (await input.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Trim().Length == 0)
            {
                continue;
            }

            RequestClass found;
            try
            {
                found = Line(classify, line);
            }
            catch (Exception wrong) when (wrong is JsonException or FormatException)
            {
                throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"a line is no request: {wrong.Message}");
            }

            isFine &= found.Outcome != RequestOutcome.Refused;
            await context.Screen.Output.WriteLineAsync(Encoding.UTF8.GetString(Write(found).Span).AsMemory(), cancellation);
        }

        return isFine ? ExitCodes.Fine : ExitCodes.Findings;
    }

    private static RequestClass Line(Classifier classify, string line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || Text(root, "method") is not { } method || Text(root, "target") is not { } target)
        {
            throw new FormatException("`method` and `target` are needed, as strings");
        }

        List<KeyValuePair<string, string>> headers = [];
        if (root.TryGetProperty("headers", out JsonElement given) && given.ValueKind == JsonValueKind.Object)
        {
            headers.AddRange(given.EnumerateObject().Select(static h => KeyValuePair.Create(h.Name, h.Value.ToString())));
        }

        return Run(classify, method, target, headers, Encoding.UTF8.GetBytes(Text(root, "body") ?? ""));
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<KeyValuePair<string, string>> Headers(string[] lines)
    {
        List<KeyValuePair<string, string>> headers = [];
        foreach (string line in lines)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{line}` is no header", "--header 'Content-Type: application/json'");
            }

            headers.Add(KeyValuePair.Create(line[..colon], line[(colon + 1)..].Trim()));
        }

        return headers;
    }

    private static RequestClass Run(Classifier classify, string method, string target, List<KeyValuePair<string, string>> headers, byte[] body)
    {
        string[] types = Of(headers, "Content-Type");
        string[] encodings = Of(headers, "Content-Encoding");
        if (types.Length > 1 || encodings.Length > 1)
        {
            return new RequestClass(RequestOutcome.Refused, [], "repeated_header");
        }

        if (encodings is [{ } encoding] && body.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            byte[]? plain = encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? Inflate(body) : null;
            if (plain is null)
            {
                return new RequestClass(RequestOutcome.Refused, [], "content_encoding");
            }

            body = plain;
        }

        // Where no header is given at all, the type is not what is asked about.
        string? type = headers.Count == 0 ? "application/json" : types.FirstOrDefault();
        return classify(method, target, type, body);
    }

    private static string[] Of(List<KeyValuePair<string, string>> headers, string name) =>
        [.. headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static h => h.Value)];

    private static byte[]? Inflate(byte[] body)
    {
        try
        {
            using var stream = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
            byte[] plain = new byte[Math.Min((long)MaxBody, (body.Length * 100L) + 1024)];
            int length = stream.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            return length < plain.Length ? plain[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Write(RequestClass found)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("outcome", Word(found.Outcome));
            json.WriteStartArray("operations");
            foreach (RequestOperation operation in found.Operations)
            {
                json.WriteStartObject();
                json.WriteString("action", operation.Action);
                json.WriteStartArray("resources");
                foreach (string resource in operation.Resources)
                {
                    json.WriteStringValue(resource);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (found.Refusal is { } reason)
            {
                ProblemDefinition problem = ProblemOf(reason);
                json.WriteStartObject("problem");
                json.WriteString("id", problem.Id);
                json.WriteString("text", problem.Title);
                json.WriteString("reason", reason);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("problem");
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Show(Screen screen, RequestClass found)
    {
        if (found.Refusal is { } reason)
        {
            screen.Line($"refused: {ProblemOf(reason).Title} ({reason}, {ProblemOf(reason).Id})");
            return;
        }

        screen.Line(found.Outcome switch
        {
            RequestOutcome.Authenticated => "every authenticated principal may",
            RequestOutcome.Owner => "only who made the handle that it names may",
            _ => "every one of these must be allowed:",
        });
        foreach (RequestOperation operation in found.Operations)
        {
            screen.Line($"  {operation.Action,-32} {string.Join(", ", operation.Resources)}".TrimEnd());
        }
    }

    private static string Word(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Operations => "operations",
        RequestOutcome.Authenticated => "authenticated",
        RequestOutcome.Owner => "owner",
        _ => "refused",
    };

    private static ProblemDefinition ProblemOf(string reason) => reason switch
    {
        "unknown_path" => GateProblems.UnknownOperation,
        "method_not_allowed" => GateProblems.MethodNotAllowed,
        "content_type" or "content_encoding" => GateProblems.BodyTypeRefused,
        "escaped_word" or "body_in_query" or "repeated_header" or "encoded_slash" or "trailing_slash" or "unknown_parameter" or "repeated_parameter" => GateProblems.TamperedRequest,
        "content_id" => IpfsProblems.NotContentId,
        "unknown_option" => IpfsProblems.UnknownOption,
        "bad_option" => IpfsProblems.BadOption,
        "refused_option" => IpfsProblems.RefusedOption,
        "reserved_metadata" => IpfsProblems.ReservedMetadata,
        "arguments" => IpfsProblems.Arguments,
        "bad_body" => IpfsProblems.BadBody,
        "bad_path" => IpfsProblems.BadPath,
        _ => reason.StartsWith("target_", StringComparison.Ordinal) ? GateProblems.TamperedRequest : GateProblems.BodyRefused,
    };
}
