using System.CommandLine;
using Gatehouse.App.Client;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Connect;

/// <summary>Arguments and options of <c>gatehouse connect</c>.</summary>
internal sealed class ConnectOptions
{
    public Argument<string> Product { get; } = Products();

    public Option<string?> Gate { get; } = new("--gate") { Description = "the gate of Elasticsearch or OpenSearch; default elasticsearch, or the only one", HelpName = "NAME" };

    public Option<string?> Name { get; } = new("--name") { Description = "name of its user; default the product's", HelpName = "NAME" };

    public Option<bool> Key { get; } = new("--key") { Description = "an API key of a service account; default where the product takes one" };

    public Option<bool> Password { get; } = new("--password") { Description = "a user with a generated password" };

    public Option<bool> Setup { get; } = new("--setup") { Description = "it also loads its templates, lifecycle policies and pipelines; --rotate without this ends it" };

    public Option<string?> Address { get; } = new("--address") { Description = "how the product calls the gate: https://HOST:PORT; default what the gate listens on", HelpName = "URL" };

    public Option<string?> Write { get; } = new("--write") { Description = "write the settings here (0600), the CA beside them; else they are printed", HelpName = "FILE" };

    public Option<bool> Force { get; } = new("--force") { Description = "replace files that are there" };

    public Option<bool> Rotate { get; } = new("--rotate") { Description = "a new credential for an identity that is there; the old one ends" };

    /// <summary>Which product is meant.</summary>
    public Product ProductOf(CommandContext context) => Connect.Product.All.First(one => one.Name == context.Value(Product)); // the parser knows no others

    /// <summary>Whether it gets a key.</summary>
    public bool IsKey(CommandContext context, Product product)
    {
        bool key = context.Value(Key);
        bool password = context.Value(Password);
        return (key, password) switch
        {
            (true, true) => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "`--key` contradicts `--password`", "give one of them"),
            (true, _) when !product.TakesKey => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"{product.Title} takes no API key in its settings", "without --key it gets a user with a password"),
            _ => key || (!password && product.PrefersKey),
        };
    }

    private static Argument<string> Products()
    {
        Argument<string> product = new("PRODUCT") { Description = string.Join(", ", Connect.Product.All.Select(static one => one.Name)) };
        product.AcceptOnlyFromAmong([.. Connect.Product.All.Select(static one => one.Name)]);
        return product;
    }
}
