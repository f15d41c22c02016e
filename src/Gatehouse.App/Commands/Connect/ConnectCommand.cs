using System.CommandLine;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Connect;

/// <summary><c>gatehouse connect</c>: an identity for a program of the stack, and the settings by which it uses it.</summary>
internal static class ConnectCommand
{
    private static AdminJson Json => CommandContext.Json;

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandTree tree)
    {
        var options = new ConnectOptions();
        return tree.Make(
            "connect",
            "make the least identity that a program of the stack needs, and its settings for it\n"
            + "example: gatehouse connect filebeat --address https://search.example.com:9243 --write /etc/filebeat/gatehouse.yml",
            (context, cancellation) => RunAsync(context, options, cancellation),
            options.Product, options.Gate, options.Name, options.Key, options.Password, options.Setup, options.Address, options.Write, options.Force, options.Rotate);
    }

    private static async Task<int> RunAsync(CommandContext context, ConnectOptions options, CancellationToken cancellation)
    {
        Product product = options.ProductOf(context);
        bool isKey = options.IsKey(context, product);
        bool isRotation = context.Value(options.Rotate);
        bool withSetup = context.Value(options.Setup);
        if (withSetup && product.Setup is null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"{product.Title} loads nothing that --setup would be needed for");
        }

        string name = context.Value(options.Name) ?? product.Name;
        if (!UserName.IsValid(name, out string? why))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.InvalidName, $"this is no user name: {why}");
        }

        var files = new ConnectFiles(context.Value(options.Write), context.AuthorityFile, product, context.Value(options.Force));
        Answer<GateListResponse> gates = await context.Client.GetAsync("/v1/gates", Json.GateListResponse, cancellation);
        var target = ConnectTarget.Find(gates.Value.Gates, context.Value(options.Gate), context.Value(options.Address), context.HostName);
        target.MustTake(isKey);
        var identity = new ConnectIdentity(context.Client, product, name, isKey, withSetup);
        await identity.CheckAsync(isRotation, cancellation);
        files.WriteAuthority();

        Credential credential = await identity.MakeAsync(isRotation, cancellation);
        string settings = new ProductSettings(target.Address, files.CaFile, target.PublicAddress, withSetup).Write(product, credential);
        files.WriteSettings(settings);
        if (isRotation)
        {
            await identity.EndOldAsync(credential, cancellation);
        }

        if (target.Address.IsLoopback && files.Settings is null)
        {
            identity.Notes.Add($"gate {target.Gate.Name} listens on this host only; `gatehouse gate expose {target.Gate.Name}` and --address are for products elsewhere");
        }

        Print(context, files, settings, new Made(product, target, identity.Roles, credential.User, isKey, isRotation, identity.Notes));
        return ExitCodes.Fine;
    }

    private static void Print(CommandContext context, ConnectFiles files, string settings, Made made)
    {
        if (context.IsJson)
        {
            context.PrintJson(ToJson(files, settings, made));
            return;
        }

        foreach (string note in made.Notes)
        {
            context.Screen.Problem($"note: {note}");
        }

        string roles = string.Join(", ", made.Roles);
        if (files.Settings is null)
        {
            // Standard output has the settings alone, so that they can be piped into a file or a secret store.
            context.Screen.Output.Write(settings);
            context.Screen.Problem($"user {made.User} with {roles}; the credential is shown only now. Copy {files.Source} to {files.CaFile}");
            return;
        }

        context.Screen.Line($"user {made.User} with {roles}{(made.IsRotation ? "; its old credential has ended" : "")}");
        context.Screen.Line($"{files.Settings} (0600: let {made.Product.Title}'s own user own it) and {files.CaFile}");
    }

    private static byte[] ToJson(ConnectFiles files, string settings, Made made)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("product", made.Product.Name);
            json.WriteString("gate", made.Target.Gate.Name);
            json.WriteString("address", made.Target.Address.GetLeftPart(UriPartial.Authority));
            json.WriteString("user", made.User);
            WriteTexts(json, "roles", made.Roles);
            json.WriteString("credential", made.IsKey ? "key" : "password");
            json.WriteBoolean("rotated", made.IsRotation);
            json.WriteString("file", files.Settings);
            json.WriteString("ca_file", files.CaFile);
            if (files.Settings is null)
            {
                json.WriteString("settings", settings);
            }

            WriteTexts(json, "notes", made.Notes);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private sealed record Made(Product Product, ConnectTarget Target, string[] Roles, string User, bool IsKey, bool IsRotation, IReadOnlyList<string> Notes);
}
